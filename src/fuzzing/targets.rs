//! The targets. Each answers whether it accepted the bytes.

use crate::bundle::opening::Opening;
use crate::bundle::{Manifest, leaves};
use crate::classify::{Classifier, trace};
use crate::commit::meta::ItemMeta;
use crate::commit::opening::ItemOpening;
use crate::commit::{Commitment, PublicLeaf};
use crate::custody::Chain;
use crate::dat::Dat;
use crate::ingest::fuzzing as ingest;
use crate::sealed::{self, Published, SealedClassifier};
use crate::sign::tsp::{self, Trust};
use group::GroupEncoding;
use std::sync::OnceLock;

/// One thing that reads bytes of strangers.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Reads some bytes, and panics where that is wrong.
    pub run: fn(&[u8]) -> bool,
    /// Folders of seeds; `folder/*.end` for the files that end so.
    pub seeds: &'static [&'static str],
    /// Words of the format.
    pub tokens: &'static [&'static str],
    /// A reader of others, whose panics are caught.
    pub isolated: bool,
}

const fn own(
    name: &'static str,
    run: fn(&[u8]) -> bool,
    seeds: &'static [&'static str],
    tokens: &'static [&'static str],
) -> Target {
    Target {
        name,
        run,
        seeds,
        tokens,
        isolated: false,
    }
}

const fn others(
    name: &'static str,
    run: fn(&[u8]) -> bool,
    seeds: &'static [&'static str],
    tokens: &'static [&'static str],
) -> Target {
    Target {
        isolated: true,
        ..own(name, run, seeds, tokens)
    }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    own("manifest", manifest, &["fuzz/seeds/manifest"], JSON),
    own(
        "leaves",
        leaf_list,
        &["fuzz/seeds/leaves"],
        &["text/hash4080-v1", "image/rgb32-v1"],
    ),
    own("opening", opening, &["fuzz/seeds/opening"], JSON),
    own(
        "item-opening",
        item_opening,
        &["fuzz/seeds/item-opening"],
        &["\u{0}", "\u{1}"],
    ),
    own("meta", meta, &["fuzz/seeds/meta"], JSON),
    own("commitment", commitment, &["fuzz/seeds/commitment"], JSON),
    own("classifier", classifier, &["fuzz/seeds/classifier"], JSON),
    own("sealed", sealed_file, &["fuzz/seeds/sealed"], JSON),
    own(
        "seal-secret",
        seal_secret,
        &["fuzz/seeds/seal-secret"],
        JSON,
    ),
    own("custody", custody, &["fuzz/seeds/custody"], JSON),
    own("link", link, &["fuzz/seeds/link"], &[]),
    own("point", point, &["fuzz/seeds/point"], &[]),
    own(
        "minisign",
        minisign,
        &["fuzz/seeds/minisign"],
        &["untrusted comment: ", "trusted comment: ", "\n"],
    ),
    own("timestamp", timestamp, &["fuzz/seeds/timestamp"], &[]),
    own(
        "loadfile",
        loadfile,
        &["fuzz/seeds/loadfile"],
        &["\u{fe}", "\u{14}", "\u{ae}", "\r\n"],
    ),
    #[cfg(feature = "onnx")]
    own(
        "onnx",
        onnx,
        &["fuzz/seeds/onnx"],
        &[
            "Conv", "Gemm", "MaxPool", "Reshape", "Concat", "Pad", "pads", "axis",
        ],
    ),
    own(
        "mail",
        ingest::mail,
        &["tests/data/mail/malformed", "tests/data/mail/thirdparty"],
        MAIL,
    ),
    own("mbox", ingest::mbox, &["fuzz/seeds/mbox"], MAIL),
    own(
        "html",
        ingest::html,
        &["fuzz/seeds/html"],
        &[
            "<div>",
            "</",
            "<table>",
            "<td colspan=9999>",
            "&#x",
            "<!--",
            "<pre>",
        ],
    ),
    own(
        "charset",
        ingest::charset,
        &["fuzz/seeds/html", "tests/data/mail/malformed"],
        &["\u{feff}", "\u{0}"],
    ),
    own(
        "zip",
        ingest::zip,
        &["fuzz/seeds/zip"],
        &["PK\u{1}\u{2}", "PK\u{3}\u{4}", "PK\u{5}\u{6}", "../"],
    ),
    own(
        "tar",
        ingest::tar,
        &["fuzz/seeds/tar"],
        &["ustar", "././@LongLink", "../", "\u{0}", "0000777"],
    ),
    own(
        "seven-zip",
        ingest::seven_zip,
        &[
            "fuzz/seeds/seven",
            "crates/ingest/src/readers/archives/testdata/*plain.7z",
        ],
        &["7z\u{bc}\u{af}", "\u{1}", "\u{17}", "\u{6}"],
    ),
    others(
        "rar",
        ingest::rar,
        &["fuzz/seeds/rar"],
        &["Rar!\u{1a}\u{7}", "\u{0}", "\u{1}", "../"],
    ),
    own(
        "store",
        ingest::store,
        &["fuzz/seeds/store"],
        &["!BDN", "\u{0}", "\u{1}", "\u{2}", "\u{7f}"],
    ),
    own(
        "compressed",
        ingest::compressed,
        &["fuzz/seeds/compressed"],
        &["\u{1f}", "BZh9", "7zXZ", "1AY&SY"],
    ),
    others(
        "frames",
        ingest::frames,
        &["tests/data/pictures"],
        &[
            "\u{0}",
            "Exif",
            "acTL",
            "fdAT",
            "ANMF",
            "PK\u{3}\u{4}",
            "!\u{f9}",
        ],
    ),
    own(
        "winmail",
        ingest::winmail,
        &["fuzz/seeds/winmail"],
        &["\u{78}\u{9f}", "IPM.", "\u{0}"],
    ),
    own(
        "cards",
        ingest::cards,
        &["fuzz/seeds/cards"],
        &[
            "BEGIN:VEVENT\r\n",
            "END:VEVENT\r\n",
            "BEGIN:VCARD\n",
            "ENCODING=QUOTED-PRINTABLE",
            "=\r\n",
            "\r\n ",
            "ENCODING=b",
            "\\n",
            ";",
            ":",
        ],
    ),
    own(
        "notation",
        ingest::notation,
        &["fuzz/seeds/notation"],
        &[
            "<![CDATA[",
            "]]>",
            "<!ENTITY",
            "&#x110000;",
            "<a>",
            "</a>",
            "[",
            "{",
            "\\ud800",
            "1e999",
        ],
    ),
    own(
        "opticon",
        ingest::opticon,
        &["fuzz/seeds/opticon"],
        &[",Y,,,", "\"", ",", "\r\n", "\u{1a}"],
    ),
    own(
        "rtf",
        ingest::rtf,
        &["fuzz/seeds/rtf"],
        &["{\\*", "\\bin", "\\u-1?", "\\'", "}", "{", "\\ansicpg932"],
    ),
    own(
        "opendocument",
        ingest::opendocument,
        &["tests/data/documents/*.odt", "tests/data/documents/*.ods"],
        &[],
    ),
    others(
        "pdf",
        ingest::pdf,
        &["tests/data/documents/*.pdf"],
        &[
            "/Length", "obj", "endobj", "stream", "/Kids", "/Parent", "<<", ">>",
        ],
    ),
    others(
        "office",
        ingest::office,
        &[
            "tests/data/documents/*.docx",
            "tests/data/documents/*.xlsx",
            "tests/data/documents/*.pptx",
            "tests/data/documents/*.xls",
            "tests/data/documents/*.doc",
        ],
        &[],
    ),
    others(
        "outlook",
        ingest::outlook,
        &["tests/data/documents/*.msg"],
        &[],
    ),
];

const JSON: &[&str] = &[
    "{", "}", "[", "]", "\"", ":", ",", "null", "1e999", "\\u0000", "-1",
];
const MAIL: &[&str] = &[
    "\r\n",
    "\n\n",
    "--",
    "Content-Type: multipart/mixed; boundary=\"x\"\n",
    "Content-Type: message/rfc822\n",
    "Content-Transfer-Encoding: base64\n",
    "=?utf-8?B?",
    "?=",
    "charset=",
    "filename*0*=",
    "From ",
];

fn manifest(bytes: &[u8]) -> bool {
    let parsed = Manifest::from_json(bytes);
    if let Ok(manifest) = &parsed {
        assert_eq!(manifest.to_json(), bytes, "canonical");
    }
    parsed.is_ok()
}

fn leaf_list(bytes: &[u8]) -> bool {
    let parsed = leaves::decode(bytes, None);
    if let Ok(parsed) = &parsed {
        let again = leaves::encode(parsed.len() as u32, parsed.iter());
        assert_eq!(again, bytes, "canonical");
    }
    // The same bytes as one leaf, so that every field is met without a list around it.
    if let Ok(leaf) = PublicLeaf::parse(0, bytes.get(22..).unwrap_or_default()) {
        assert_eq!(leaf.encode(), bytes[22..], "canonical");
    }
    parsed.is_ok()
}

fn opening(bytes: &[u8]) -> bool {
    let parsed = Opening::from_json(bytes);
    if let Ok(opening) = &parsed {
        assert_eq!(opening.to_json(), bytes, "canonical");
    }
    parsed.is_ok()
}

fn item_opening(bytes: &[u8]) -> bool {
    let parsed = ItemOpening::parse(bytes);
    if let Ok(opening) = &parsed {
        assert_eq!(opening.encode(), bytes, "canonical");
        // Whatever it opens, it is not this.
        assert!(opening.check(&[0; 32]).is_err());
    }
    parsed.is_ok()
}

fn meta(bytes: &[u8]) -> bool {
    let parsed = ItemMeta::from_canonical(bytes);
    if let Ok(meta) = &parsed {
        assert_eq!(meta.to_canonical(), bytes, "canonical");
    }
    parsed.is_ok()
}

fn commitment(bytes: &[u8]) -> bool {
    let Ok(commitment) = Commitment::from_json(bytes) else {
        return false;
    };
    let again = Commitment::from_json(&commitment.to_json()).expect("its own writing is read");
    assert_eq!(again.root(), commitment.root());
    true
}

fn classifier(bytes: &[u8]) -> bool {
    let Ok(classifier) = Classifier::from_bytes(bytes) else {
        return false;
    };
    assert_eq!(classifier.to_bytes(), bytes, "canonical");
    // Whatever was accepted evaluates within its range, for the blackest and the brightest input.
    let network = classifier.network();
    let limit = network.form().limits().max_q;
    let fills: &[u8] = if network.form().is_text() {
        &[0]
    } else {
        &[0, 255]
    };
    for fill in fills {
        let trace = trace(network, &vec![*fill; network.form().len()]);
        assert!(trace.q.iter().all(|q| i64::from(*q).abs() <= limit));
    }
    true
}

fn sealed_file(bytes: &[u8]) -> bool {
    let Ok(sealed) = SealedClassifier::from_bytes(bytes) else {
        return false;
    };
    assert_eq!(sealed.to_bytes(), bytes, "canonical");
    assert_eq!(sealed.commitments().len(), sealed.plan().strips());
    // Whatever was accepted has a circuit, or is refused with an error.
    let _ = Published::from(&sealed).shape(1);
    true
}

/// A secret part, against the public file of the seeds.
fn seal_secret(bytes: &[u8]) -> bool {
    static PUBLIC: OnceLock<SealedClassifier> = OnceLock::new();
    let public = PUBLIC.get_or_init(|| {
        let file = include_bytes!("../../fuzz/seeds/sealed/model.sealed");
        SealedClassifier::from_bytes(file).expect("the seed is a sealed classifier")
    });
    let Ok(opening) = sealed::Opening::from_bytes(public.clone(), bytes) else {
        return false;
    };
    assert_eq!(opening.to_bytes()[..], *bytes, "canonical");
    assert_eq!(opening.sealed(), public);
    true
}

fn custody(bytes: &[u8]) -> bool {
    let chain = Chain::parse(&String::from_utf8_lossy(bytes));
    !chain.head().is_empty()
}

fn link(bytes: &[u8]) -> bool {
    use crate::circuit::link::{LINK_BYTES, LinkProof};
    let Some(bytes) = bytes.first_chunk::<LINK_BYTES>() else {
        return false;
    };
    let parsed = LinkProof::from_bytes(bytes);
    if let Some(proof) = &parsed {
        assert_eq!(proof.to_bytes(), *bytes, "canonical");
    }
    parsed.is_some()
}

fn point(bytes: &[u8]) -> bool {
    let Some(bytes) = bytes.first_chunk::<32>() else {
        return false;
    };
    let parsed = candor_core::points::read_point(bytes);
    if let Some(point) = &parsed {
        assert_eq!(point.to_bytes(), *bytes, "canonical");
        assert_ne!(*bytes, [0; 32], "the identity");
    }
    parsed.is_some()
}

fn minisign(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let signature = minisign::SignatureBox::from_string(&text);
    if let Ok(signature) = &signature {
        let _ = (signature.trusted_comment(), signature.untrusted_comment());
    }
    let key = minisign::PublicKeyBox::from_string(&text).and_then(|key| key.into_public_key());
    signature.is_ok() || key.is_ok()
}

fn timestamp(bytes: &[u8]) -> bool {
    let request = tsp::nonce(bytes).is_ok();
    let looked = tsp::inspect(bytes, b"data", None).is_ok();
    let mut trust = Trust::default();
    let root = trust.add_root(bytes).is_ok();
    let _ = tsp::verify(bytes, b"data", None, &trust);
    request || looked || root
}

fn loadfile(bytes: &[u8]) -> bool {
    let Ok(dat) = Dat::parse(bytes) else {
        return false;
    };
    let width = dat.columns().len();
    // A row is at least one byte: more of them than bytes would never end.
    let mut rows = 0;
    for row in dat.rows() {
        rows += 1;
        assert!(rows <= bytes.len());
        match row {
            Ok((_, fields)) => assert_eq!(fields.len(), width),
            Err(_) => break,
        }
    }
    true
}

#[cfg(feature = "onnx")]
fn onnx(bytes: &[u8]) -> bool {
    use crate::import::{ImportOptions, Normalisation, Rule, Sample, import};
    use crate::item::{CanonicalVector, Form};
    let options = ImportOptions {
        form: Form::ImageRgb32V1,
        normalisation: Normalisation::preset("pixel").expect("a known preset"),
        rule: Rule::Argmax,
        labels: Vec::new(),
        positive: vec!["0".into()],
        shift: None,
        scores: None,
        least_agreement: 0.0,
        name: "n".into(),
        description: "d".into(),
        author: String::new(),
    };
    let form = options.form;
    let picture = |fill: u8| Sample {
        name: format!("{fill}"),
        vector: CanonicalVector::new(form, vec![fill; form.len()]).expect("bytes of this form"),
        label: None,
    };
    let samples = [picture(0), picture(200)];
    match import(
        bytes,
        &options,
        &samples,
        &samples[1..],
        &crate::progress::Silent,
    ) {
        Ok(imported) => {
            let file = imported.classifier.to_bytes();
            Classifier::from_bytes(&file).expect("what is imported is a classifier");
            true
        }
        Err(_) => false,
    }
}
