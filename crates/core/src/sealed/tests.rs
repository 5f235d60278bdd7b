use super::file::SealError;
use super::*;
use crate::circuit::testing::{text_network, wide_network};
use crate::classify::card::{Card, Decision, Evaluation, Labels};
use crate::classify::network::NetworkError;
use crate::classify::testing::{arb_network, with_header};
use crate::classify::{Classifier, ClassifierError, Network};
use group::{CurveAffine, GroupEncoding};
use halo2_proofs::pasta::EqAffine;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

fn card() -> Card {
    Card {
        name: "review model".into(),
        description: "looks for the words merger and antitrust".into(),
        author: "Responder".into(),
        labels: Labels {
            matching: "yes".into(),
            other: "no".into(),
        },
        decision: Decision {
            rule: "logit >= 0".into(),
            score_unit: None,
        },
        evaluations: vec![Evaluation {
            set: "secret set".into(),
            true_positives: 3,
            ..Evaluation::default()
        }],
        facts: BTreeMap::from([("secret seed".into(), "1".into())]),
    }
}

fn sealed(network: Network) -> Opening {
    let classifier = Classifier::new(card(), network).unwrap();
    let published = classifier.card().published();
    seal(classifier, published, Vec::new()).unwrap()
}

#[test]
fn the_documented_header_is_the_real_one_and_says_no_more() {
    let opening = sealed(text_network(0));
    let bytes = opening.sealed().to_bytes();
    let text = String::from_utf8_lossy(&bytes[MAGIC.len() + 4..]);
    let header = r#"{"author":"Responder","decision":{"rule":"logit >= 0","score_unit":null},"description":"","evaluations":[],"facts":{},"form":"text/hash4080-v1","labels":{"match":"yes","other":"no"},"layers":[{"out":[1,1,1],"terms":[{"input":"input","op":"dense","zero_point":0}]}],"name":"review model","shift":9}"#;
    assert!(text.starts_with(header), "{text}");
    // 4,080 weights and a bias are one strip of 4,089 rows.
    assert_eq!(bytes.len(), MAGIC.len() + 4 + header.len() + 32);
    assert_eq!(
        opening.sealed().hash(),
        <[u8; 32]>::from(Sha256::digest(&bytes))
    );
}

#[test]
fn a_seal_opens_with_its_own_secret_part_alone() {
    let (one, two) = (sealed(text_network(0)), sealed(text_network(0)));
    // The same weights: nothing that is public shows it.
    assert_ne!(one.sealed().commitments(), two.sealed().commitments());
    assert_ne!(one.sealed().hash(), two.sealed().hash());
    let secret = one.to_bytes();
    let again = Opening::from_bytes(one.sealed().clone(), &secret).unwrap();
    assert_eq!(again.classifier(), one.classifier());
    assert_eq!(again.to_bytes(), secret);
    let error = Opening::from_bytes(two.sealed().clone(), &secret).unwrap_err();
    assert!(matches!(error, SealError::OtherSeal { .. }), "{error}");

    // Every other thing that can be wrong with a secret part, by its error.
    let error = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = secret.to_vec();
        edit(&mut bytes);
        Opening::from_bytes(one.sealed().clone(), &bytes).unwrap_err()
    };
    assert!(matches!(error(&|b| b[0] ^= 1), SealError::Magic(..)));
    assert!(matches!(
        error(&|b| b.truncate(30)),
        SealError::Truncated(_)
    ));
    assert!(matches!(
        error(&|b| b.truncate(b.len() - 1)),
        SealError::Truncated("the blinding factors")
    ));
    assert!(matches!(error(&|b| b.push(0)), SealError::Trailing(1)));
    let length = SECRET_MAGIC.len() + 32;
    assert!(matches!(
        error(&|b| b[length + 3] = 0xff),
        SealError::TooLarge { .. }
    ));
    assert!(matches!(
        error(&|b| b[length + 4] = b'x'),
        SealError::Classifier(ClassifierError::Magic)
    ));
    assert!(matches!(
        error(&|b| {
            let end = b.len();
            b[end - 32..].fill(0xff);
        }),
        SealError::Blind(0)
    ));
    let blind = error(&|b| {
        let end = b.len();
        b[end - 32] ^= 1;
    });
    assert!(matches!(blind, SealError::DoesNotOpen(_)), "{blind}");
    // Another weight, in a classifier that is whole in itself: the match layer's bias.
    let put = |network: Network, b: &mut Vec<u8>| {
        let file = Classifier::new(card(), network).unwrap().to_bytes();
        let blinds = b.len() - 32;
        b.splice(length + 4..blinds, file.iter().copied());
        b[length..length + 4].copy_from_slice(&(file.len() as u32).to_le_bytes());
    };
    let mut layers = text_network(0).layers()[..1].to_vec();
    layers[0].bias[0] += 1;
    let form = text_network(0).form();
    let other = Network::with_miss(form, 9, layers.clone()).unwrap();
    let weight = error(&|b| put(other.clone(), b)).to_string();
    assert!(weight.contains("strip 0"), "{weight}");
    let other = Network::with_miss(form, 10, layers).unwrap();
    let shape = error(&|b| put(other.clone(), b)).to_string();
    assert!(shape.contains("another architecture"), "{shape}");
}

#[test]
fn disclosed_layers_are_part_of_the_seal() {
    let classifier = Classifier::new(card(), text_network(6)).unwrap();
    let published = classifier.card().published();
    let opening = seal(classifier.clone(), published.clone(), vec![0]).unwrap();
    let bytes = opening.sealed().to_bytes();
    assert!(String::from_utf8_lossy(&bytes).contains(r#""disclosed":[0],"evaluations""#));
    let public = SealedClassifier::from_bytes(&bytes).unwrap();
    assert_eq!(&public, opening.sealed());
    assert_eq!(public.plan().disclosed(), [0]);
    assert!(Opening::from_bytes(public, &opening.to_bytes()).is_ok());
    let error = seal(classifier, published, vec![2]).unwrap_err();
    assert!(matches!(
        error,
        SealError::Network(NetworkError::Decision { .. })
    ));
}

#[test]
fn secrets_do_not_show_in_debugging_output_and_are_wiped() {
    let opening = sealed(text_network(0));
    let text = format!("{opening:?}");
    assert!(
        !text.contains("secret seed") && !text.contains("merger"),
        "{text}"
    );
    let mut classifier = opening.classifier().clone();
    classifier.wipe();
    let network = classifier.network();
    assert!(network.bounds().iter().all(|b| b.z_range().hi == 0));
    let zero = |w: &i32| *w == 0;
    for layer in network.layers() {
        assert!(layer.terms.iter().all(|t| t.op.weights().iter().all(zero)));
        assert!(layer.bias.iter().all(|b| *b == 0));
    }
}

#[test]
fn each_malformation_of_a_sealed_file_has_its_error() {
    let opening = sealed(wide_network(3, |_| true));
    let good = opening.sealed().to_bytes();
    assert_eq!(opening.sealed().commitments().len(), 3);
    let error = |bytes: &[u8]| SealedClassifier::from_bytes(bytes).unwrap_err();
    assert!(matches!(error(b"candor-clf-1\n"), SealError::Magic(..)));
    assert!(matches!(
        error(&good[..MAGIC.len() + 2]),
        SealError::Truncated("the header")
    ));
    assert!(matches!(
        error(&good[..good.len() - 1]),
        SealError::Truncated("the commitments")
    ));
    // One commitment too few, one too many: the plan says how many there are.
    assert!(matches!(
        error(&good[..good.len() - 32]),
        SealError::Truncated("the commitments")
    ));
    let more = [&good[..], &good[good.len() - 32..]].concat();
    assert!(matches!(error(&more), SealError::Trailing(32)));
    let mut long = good.clone();
    long[MAGIC.len() + 3] = 0x7f;
    assert!(matches!(error(&long), SealError::TooLarge { .. }));
    assert!(matches!(
        error(&vec![0; MAX_FILE as usize + 1]),
        SealError::TooLarge { .. }
    ));
    for (strip, word) in [
        (0, EqAffine::identity().to_bytes()),
        (2, EqAffine::identity().to_bytes()),
        (1, [0xff; 32]),
    ] {
        let mut bytes = good.clone();
        let at = good.len() - 96 + 32 * strip;
        bytes[at..at + 32].copy_from_slice(&word);
        assert!(matches!(error(&bytes), SealError::Point(s) if s == strip));
    }
    let header = |from: &str, to: &str| {
        let edited = with_header(MAGIC, &good, |h| {
            assert!(h.contains(from), "{from} in {h}");
            h.replacen(from, to, 1)
        });
        error(&edited)
    };
    assert!(matches!(
        header("{\"author\"", "{ \"author\""),
        SealError::NonCanonical(_)
    ));
    assert!(matches!(
        header("{\"author\"", "{\"aux\":1,\"author\""),
        SealError::Header(_)
    ));
    assert!(matches!(
        header("\"shift\":9", "\"shift\":12"),
        SealError::Network(NetworkError::Shift { found: 12, .. })
    ));
    assert!(matches!(
        header("\"out\":[3,1,1]", "\"out\":[18446744073709551615,1,1]"),
        SealError::Network(NetworkError::Layer { index: 0, .. })
    ));
    assert!(matches!(
        header("\"out\":[3,1,1]", "\"out\":[16777215,1,1]"),
        SealError::Network(NetworkError::TooLarge {
            what: "weights",
            ..
        })
    ));
    assert!(matches!(
        header("\"out\":[1,1,1]", "\"out\":[2,1,1]"),
        SealError::Network(NetworkError::Decision { .. })
    ));
    assert!(matches!(
        header("{\"layer\":0}", "{\"layer\":1}"),
        SealError::Network(NetworkError::Layer { index: 1, .. })
    ));
    assert!(matches!(
        header("\"zero_point\":0", "\"zero_point\":256"),
        SealError::Network(NetworkError::Layer { index: 0, .. })
    ));
    assert!(matches!(
        header("\"match\":\"yes\"", "\"match\":\"\u{202e}yes\""),
        SealError::Card(_)
    ));
    let disclosed = |layers: &str| {
        header(
            "\"evaluations\":[]",
            &format!("\"disclosed\":{layers},\"evaluations\":[]"),
        )
    };
    for layers in ["[2]", "[1,0]", "[0,0]"] {
        assert!(matches!(
            disclosed(layers),
            SealError::Network(NetworkError::Decision { .. })
        ));
    }
    assert!(matches!(disclosed("[]"), SealError::NonCanonical(_)));
    // Larger than the points that follow: refused before anything is allocated.
    assert!(matches!(
        header("\"out\":[3,1,1]", "\"out\":[4000,1,1]"),
        SealError::Truncated("the commitments")
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_network_can_be_sealed_and_opened(network in arb_network()) {
        let opening = sealed(network);
        let bytes = opening.sealed().to_bytes();
        let public = SealedClassifier::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&public, opening.sealed());
        prop_assert_eq!(public.to_bytes(), bytes);
        let again = Opening::from_bytes(public, &opening.to_bytes()).unwrap();
        prop_assert_eq!(again.classifier(), opening.classifier());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever happens to a file: an error, or a sealed classifier whose encoding is that very file.
    #[test]
    fn mutations_never_panic_and_stay_canonical(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        static GOOD: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = GOOD.get_or_init(|| sealed(text_network(6)).sealed().to_bytes()).clone();
        for (index, value) in edits {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(sealed) = SealedClassifier::from_bytes(&bytes) {
            prop_assert_eq!(sealed.to_bytes(), bytes);
        }
    }
}
