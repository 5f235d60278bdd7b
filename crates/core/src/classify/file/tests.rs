use super::*;
use crate::classify::card::{Decision, Evaluation, Labels};
use crate::classify::network::Linear;
use crate::classify::testing::{arb_network, arb_text_network, with_header};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn card() -> Card {
    Card {
        name: "test".into(),
        description: "Two\nlines, \"quotes\" and ünïcode".into(),
        author: String::new(),
        labels: Labels {
            matching: "yes".into(),
            other: "no".into(),
        },
        decision: Decision {
            rule: "logit >= 0".into(),
            score_unit: Some(1000),
        },
        evaluations: vec![Evaluation {
            set: "held out".into(),
            true_positives: 3,
            ..Evaluation::default()
        }],
        facts: BTreeMap::from([("seed".into(), "1".into())]),
    }
}

fn small() -> Classifier {
    let mut weights = vec![0; 4080];
    weights[7] = -300;
    let layer = Layer {
        name: "match".into(),
        out: [1, 1, 1],
        terms: vec![Term {
            input: TensorRef::Input,
            op: Linear::Dense { weights },
            zero_point: 0,
        }],
        bias: vec![-1],
    };
    let network = Network::with_miss(Form::TextHash4080V1, 11, vec![layer]).unwrap();
    Classifier::new(card(), network).unwrap()
}

#[test]
fn the_documented_header_is_the_real_one() {
    let bytes = small().to_bytes();
    let text = String::from_utf8_lossy(&bytes[MAGIC.len() + 4..]);
    assert!(text.starts_with(
        r#"{"author":"","decision":{"rule":"logit >= 0","score_unit":1000},"description":"Two\nlines, \"quotes\" and ünïcode","evaluations":[{"false_negatives":0,"false_positives":0,"set":"held out","true_negatives":0,"true_positives":3}],"facts":{"seed":"1"},"form":"text/hash4080-v1","labels":{"match":"yes","other":"no"},"layers":[{"name":"match","out":[1,1,1],"terms":[{"input":"input","op":"dense","weights":"i16","zero_point":0}]},{"name":"miss","out":[1,1,1],"terms":[{"input":{"layer":0},"op":"dense","weights":"i16","zero_point":0}]}],"name":"test","shift":11}"#
    ));
}

#[test]
fn each_malformation_has_its_error() {
    let good = small().to_bytes();
    let error = |bytes: &[u8]| Classifier::from_bytes(bytes).unwrap_err();
    assert!(matches!(error(b"PK\x03\x04"), ClassifierError::Magic));
    assert!(matches!(
        error(&good[..good.len() - 1]),
        ClassifierError::Truncated(_)
    ));
    assert!(matches!(
        error(&[&good[..], &[0]].concat()),
        ClassifierError::Trailing(1)
    ));
    let mut long = good.clone();
    long[MAGIC.len() + 3] = 0x7f;
    assert!(matches!(error(&long), ClassifierError::TooLarge { .. }));

    let header = |from: &str, to: &str| {
        let edited = with_header(MAGIC, &good, |h| {
            assert!(h.contains(from), "{from}");
            h.replacen(from, to, 1)
        });
        error(&edited)
    };
    assert!(matches!(
        header("{\"author\"", "{ \"author\""),
        ClassifierError::NonCanonical(_)
    ));
    assert!(matches!(
        header("{\"author\"", "{\"aux\":1,\"author\""),
        ClassifierError::Header(_)
    ));
    assert!(matches!(
        header("text/hash4080-v1", "text/hash4080-v9"),
        ClassifierError::Header(_)
    ));
    assert!(matches!(
        header("\"shift\":11", "\"shift\":12"),
        ClassifierError::Network(NetworkError::Shift { found: 12, .. })
    ));
    assert!(matches!(
        header("\"shift\":11", "\"shift\":10"),
        ClassifierError::Network(NetworkError::Decision { .. })
    ));
    assert!(matches!(
        header("{\"layer\":0}", "{\"layer\":1}"),
        ClassifierError::Network(NetworkError::Layer { index: 1, .. })
    ));
    assert!(matches!(
        header("\"match\":\"yes\"", "\"match\":\"\u{202e}yes\""),
        ClassifierError::Card(_)
    ));
    assert!(matches!(
        header("\"out\":[1,1,1]", "\"out\":[18446744073709551615,1,1]"),
        ClassifierError::Network(NetworkError::Layer { index: 0, .. })
    ));
    assert!(matches!(
        header("\"out\":[1,1,1]", "\"out\":[1000000000,1,1]"),
        ClassifierError::Truncated(_)
    ));

    // A weight that can overflow the circuit.
    let mut overflow = good.clone();
    let start = good.len() - 8 - 2 - 8 - 2 * 4080;
    for weight in overflow[start..start + 2 * 4080].chunks_exact_mut(2) {
        weight.copy_from_slice(&i16::MAX.to_le_bytes());
    }
    assert!(matches!(
        error(&overflow),
        ClassifierError::Network(NetworkError::Bounds(_))
    ));
    // Weights stored wider than necessary.
    let wide: Vec<u8> = good[start..start + 2 * 4080]
        .chunks_exact(2)
        .flat_map(|w| i32::from(i16::from_le_bytes([w[0], w[1]])).to_le_bytes())
        .collect();
    let wide = [&good[..start], &wide, &good[start + 2 * 4080..]].concat();
    let wide = with_header(MAGIC, &wide, |h| h.replacen("\"i16\"", "\"i32\"", 1));
    assert!(matches!(error(&wide), ClassifierError::NonCanonical(_)));
}

#[test]
fn files_round_trip() {
    let classifier = small();
    let bytes = classifier.to_bytes();
    let loaded = Classifier::from_bytes(&bytes).unwrap();
    assert_eq!(loaded, classifier);
    assert_eq!(loaded.hash(), <[u8; 32]>::from(Sha256::digest(&bytes)));
    assert!(Classifier::from_bytes(b"candor").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_network_round_trips(net in arb_network()) {
        let classifier = Classifier::new(card(), net).unwrap();
        let bytes = classifier.to_bytes();
        let again = Classifier::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&again, &classifier);
        prop_assert_eq!(again.to_bytes(), bytes);
    }

    /// Whatever happens to a file: an error, or a classifier whose encoding is that very file.
    #[test]
    fn mutations_never_panic_and_stay_canonical(
        net in arb_text_network(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        in_header in any::<bool>(),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = Classifier::new(card(), net).unwrap().to_bytes();
        let range = if in_header { 900 } else { bytes.len() };
        for (index, value) in edits {
            bytes[index.index(range)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(classifier) = Classifier::from_bytes(&bytes) {
            prop_assert_eq!(classifier.to_bytes(), bytes);
        }
    }
}
