//! Packaging, signatures, time-stamps and the custody log, against other people's tools.

use super::matter::matter;
use crate::common::{candor, copy_dir, json, output, python, runs, text, tool};
use std::fs;
use std::path::Path;

#[test]
fn bundles_are_bags_for_an_independent_tool_too() {
    let run = |code: &str| {
        std::process::Command::new(python())
            .args(["-c", code])
            .arg(matter().at("bundle"))
            .output()
    };
    let there = run("import bagit").is_ok_and(|output| output.status.success());
    if !tool(
        there,
        "Python's bagit",
        "pip install bagit, and set CANDOR_PYTHON to the Python that has it",
    ) {
        return;
    }
    let output = run("import bagit, sys; bagit.Bag(sys.argv[1]).validate()").unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn signatures_on_commitments_and_bundles() {
    let matter = matter();
    let dir = tempfile::tempdir().unwrap();
    let (bundle, key) = (dir.path().join("bundle"), dir.path().join("me"));
    copy_dir(&matter.at("bundle"), &bundle);
    output(
        candor().args(["keygen", "-q", "--no-password"]).arg(&key),
        0,
    );
    let (secret, public) = (key.with_extension("key"), key.with_extension("pub"));
    let commitment = dir.path().join("commitment.json");
    fs::copy(matter.at("case/commitment.json"), &commitment).unwrap();
    for what in [&bundle, &commitment] {
        output(
            candor()
                .args(["sign", "-q", "--key"])
                .arg(&secret)
                .arg(what),
            0,
        );
        let mut verify = candor();
        verify
            .args(["verify-signature", "-q", "--json", "--key"])
            .arg(&public)
            .arg(what);
        let facts = json(&mut verify, 0);
        assert_eq!(facts["valid"], true);
    }
    // A signed bundle is still a bundle.
    let mut verify = candor();
    verify
        .args(["verify-bundle", "-q"])
        .arg(&bundle)
        .args(matter.files());
    output(&mut verify, 4);
    fs::write(
        &commitment,
        text(&commitment).replace("Jane Roe", "John Doe"),
    )
    .unwrap();
    let mut verify = candor();
    verify
        .args(["verify-signature", "-q", "--key"])
        .arg(&public)
        .arg(&commitment);
    output(&mut verify, 1);
    if tool(
        runs("minisign", "-v"),
        "minisign",
        "apt-get install minisign",
    ) {
        let mut check = std::process::Command::new("minisign");
        check
            .args(["-V", "-p"])
            .arg(&public)
            .arg("-m")
            .arg(bundle.join("tagmanifest-sha256.txt"));
        assert!(check.output().unwrap().status.success());
    }
}

/// A test authority made with OpenSSL.
fn authority(dir: &Path, algorithm: &[&str]) -> bool {
    fs::write(
        dir.join("tsa.cnf"),
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n\
         digests=sha256,sha512\ness_cert_id_alg=sha256\n\
         [req]\ndistinguished_name=dn\n[dn]\n\
         [ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n\
         [leaf]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=critical,timeStamping\n\
         [wrong]\nbasicConstraints=CA:FALSE\nextendedKeyUsage=critical,serverAuth\n",
    )
    .unwrap();
    fs::write(dir.join("serial"), "01\n").unwrap();
    let openssl = |args: &[&str]| {
        std::process::Command::new("openssl")
            .args(args)
            .current_dir(dir)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let key = |name: &str| {
        let mut args = vec!["genpkey"];
        args.extend(algorithm);
        args.extend(["-out", name]);
        openssl(&args)
    };
    key("ca.key")
        && key("tsa.key")
        && openssl(&[
            "req",
            "-x509",
            "-new",
            "-key",
            "ca.key",
            "-subj",
            "/CN=Test root",
            "-days",
            "30",
            "-out",
            "ca.pem",
            "-config",
            "tsa.cnf",
            "-extensions",
            "ca",
        ])
        && openssl(&[
            "req",
            "-new",
            "-key",
            "tsa.key",
            "-subj",
            "/O=Test/CN=Time",
            "-out",
            "tsa.csr",
            "-config",
            "tsa.cnf",
        ])
        && openssl(&[
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "30",
            "-out",
            "tsa.pem",
            "-extfile",
            "tsa.cnf",
            "-extensions",
            "leaf",
        ])
}

#[test]
fn time_stamps_from_a_local_authority() {
    if !tool(
        runs("openssl", "version"),
        "OpenSSL",
        "apt-get install openssl",
    ) {
        return;
    }
    for algorithm in [
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"][..],
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        assert!(
            authority(dir.path(), algorithm),
            "the test authority could not be made"
        );
        fs::copy(matter().at("case/commitment.json"), at("c.json")).unwrap();
        output(
            candor()
                .args(["timestamp", "request", "-q"])
                .arg(at("c.json")),
            0,
        );
        let reply = std::process::Command::new("openssl")
            .args([
                "ts",
                "-reply",
                "-queryfile",
                "c.json.tsq",
                "-signer",
                "tsa.pem",
                "-inkey",
            ])
            .args(["tsa.key", "-out", "reply.tsr", "-config", "tsa.cnf"])
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(
            reply.status.success(),
            "{}",
            String::from_utf8_lossy(&reply.stderr)
        );
        let store = |reply: &str, code| {
            let mut store = candor();
            store
                .args(["timestamp", "store", "-q"])
                .arg(at("c.json"))
                .arg(at(reply));
            output(&mut store, code)
        };
        store("reply.tsr", 0);
        let verify = |file: &str, ca: &str, code| {
            let mut verify = candor();
            verify
                .args(["timestamp", "verify", "-q", "--json"])
                .arg(at(file));
            json(verify.arg("--ca").arg(at(ca)), code)
        };
        let facts = verify("c.json", "ca.pem", 0);
        assert_eq!(facts["trusted"], true);
        assert!(
            facts["authority"].as_str().unwrap().contains("CN=Time"),
            "{facts}"
        );
        // The verdict on a bundle says what the time-stamp attests, and without one that nobody attests anything.
        let verdict = |ca: &str, code| {
            let mut verify = candor();
            verify.args(["verify-bundle", "-q", "--json"]);
            verify.arg(matter().at("bundle")).arg("--commitment");
            verify.arg(at("c.json")).arg("--classifier");
            verify.arg(matter().at("r.clf")).arg("--ca").arg(at(ca));
            json(&mut verify, code)
        };
        let stamped = verdict("ca.pem", 4);
        let time = stamped["time_stamp"]["time"].as_str().unwrap();
        assert_eq!(time, facts["time"]);
        let order = stamped["not_proved"][1].as_str().unwrap();
        assert!(
            order.starts_with(&format!("that the request came later than {time}")),
            "{order}"
        );
        // An authority that nobody trusts, another file, a bit changed in the signature.
        let other = tempfile::tempdir().unwrap();
        assert!(authority(other.path(), algorithm));
        fs::copy(other.path().join("ca.pem"), at("other.pem")).unwrap();
        verify("c.json", "other.pem", 1);
        let refused = verdict("other.pem", 1);
        assert_eq!(refused["headline"], candor::verify::FAILED);
        assert!(refused["produced"].is_null() && refused["time_stamp"].is_null());
        let checks = refused["checks"].as_array().unwrap();
        let failed: Vec<&str> = checks
            .iter()
            .filter(|check| check["ok"] == false)
            .filter_map(|check| check["name"].as_str())
            .collect();
        assert_eq!(failed, ["time-stamp"]);
        let token = fs::read(at("c.json.tsr")).unwrap();
        fs::write(at("d.json"), "{}").unwrap();
        fs::write(at("d.json.tsr"), &token).unwrap();
        verify("d.json", "ca.pem", 1);
        let mut bent = token.clone();
        *bent.last_mut().unwrap() ^= 1;
        fs::write(at("c.json.tsr"), bent).unwrap();
        verify("c.json", "ca.pem", 1);
        // The answer to another request.
        output(
            candor()
                .args(["timestamp", "request", "-q"])
                .arg(at("c.json")),
            0,
        );
        store("reply.tsr", 1);
        fs::write(at("junk.tsr"), "junk").unwrap();
        store("junk.tsr", 3);
    }
}

#[test]
fn the_custody_log_tells_what_was_done() {
    let matter = matter();
    let verify = |code| {
        let mut verify = candor();
        verify
            .args(["custody", "verify", "-q", "--json"])
            .arg(matter.at("case"));
        json(&mut verify, code)
    };
    let facts = verify(0);
    assert!(facts["entries"].as_u64().unwrap() >= 2);
    // Signing the commitment file of a case is something done with the case.
    let key = matter.at("custody-key");
    output(
        candor().args(["keygen", "-q", "--no-password"]).arg(&key),
        0,
    );
    let mut sign = candor();
    sign.args(["sign", "-q", "--key"])
        .arg(key.with_extension("key"));
    output(sign.arg(matter.at("case/commitment.json")), 0);
    let mut show = candor();
    show.args(["custody", "show", "-q"]).arg(matter.at("case"));
    let shown = String::from_utf8(output(&mut show, 0).stdout).unwrap();
    for action in ["commit", "prove", "sign"] {
        assert!(shown.contains(action), "{action}: {shown}");
    }
    let dir = tempfile::tempdir().unwrap();
    let log = text(&matter.at("case/custody.log"));
    fs::write(
        dir.path().join("custody.log"),
        log.replacen("commit", "comnit", 1),
    )
    .unwrap();
    let mut verify = candor();
    verify.args(["custody", "verify", "-q"]).arg(dir.path());
    output(&mut verify, 1);
}
