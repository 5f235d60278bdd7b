//! Rich text: all of it that says something, with the charset of each font. What stands beside the text (notes,
//! comments, headers, text boxes, addresses of links) comes behind it, so that no sentence is torn.

mod objects;
mod origin;
mod parser;
mod words;

pub(super) use origin::Origin;

use super::out::Out;
use crate::html;
use crate::reading::{Given, ReadError, Reader, Reading};

pub(crate) struct RichText;

impl Reader for RichText {
    fn name(&self) -> &'static str {
        "candor-rtf/4"
    }

    fn read(&self, bytes: &[u8], _given: &Given) -> Result<Reading, ReadError> {
        let mut out = Out::default();
        let Some(kind) = read(bytes, &mut out) else {
            return Err(ReadError::Corrupt("not readable as rich text".to_owned()));
        };
        if kind == Origin::Html {
            out.text = html::to_text(&out.text);
        }
        super::pictures::judge(&mut out);
        Ok(out.finish())
    }
}

/// Reads rich text into `out`. `None`: it is none.
pub(super) fn read(bytes: &[u8], out: &mut Out) -> Option<Origin> {
    let begin = bytes.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let bytes = &bytes[begin..];
    bytes
        .starts_with(b"{\\rtf")
        .then(|| parser::Parser::new(bytes, out).run())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Unread;
    use proptest::prelude::*;

    fn said(rtf: &[u8]) -> String {
        let mut out = Out::default();
        read(rtf, &mut out).unwrap();
        out.text
    }

    #[test]
    fn what_a_reader_sees() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator X;}
\f0 Gr\'fc\'dfe \b und\b0  \{x\} \u8364?50\par
two\tab columns\line {\field{\*\fldinst HYPERLINK x}{\fldrslt link}}\u55357?\u56832? end}";
        assert_eq!(
            said(rtf),
            "Grüße und {x} €50\ntwo\tcolumns\nlink😀 end\nx\n"
        );
        let russian = br"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}";
        assert_eq!(said(russian), "Привет");
        assert_eq!(said(b"{\\rtf1\\bin3 }}}ok}"), "ok");
        assert_eq!(read(b"plain", &mut Out::default()), None);
        let deep = [&b"{".repeat(200_000)[..], b"core"].concat();
        assert_eq!(said(&[&b"{\\rtf1 "[..], &deep].concat()), "core");
    }

    #[test]
    fn fonts_have_charsets() {
        let rtf = br"{\rtf1\ansi\deff1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}{\f2\fcharset128 C;}{\f3\cpg1250 D;}}
\'e7 {\f0 \'e7}{\f2 \'83\'4a\'83\'8f} \plain\'e7 \f3\'e8}";
        assert_eq!(said(rtf), "з çカワ з č");
    }

    #[test]
    fn what_stands_beside_the_text_tears_nothing() {
        let rtf = br"{\rtf1{\header header osprey\par}the ledger{\super\chftn{\footnote\chftn  note about heron}} was
{\*\atnid AB}{\*\atnauthor Ann}{\chatn{\*\annotation{\*\atnref 1}reviewer says}} moved{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}
{\sp{\sn wzDescription}{\sv a drawing}}{\shptxt boxed words\par}}{\shprslt boxed words\par}}{\deleted  struck}{\v  hidden}
{\upr{old}{\*\ud n\u252?w}}{\info{\title T words}{\author A. Clerk}{\operator B. Clerk}
{\creatim\yr2002\mo3\dy12\hr9\min5}{\revtim\yr2002\mo3\dy13}{\printim\yr1999}\nofpages3}}";
        let mut out = Out::default();
        read(rtf, &mut out).unwrap();
        assert!(
            out.text.starts_with("the ledger was moved hiddennüw\n"),
            "{}",
            out.text
        );
        for words in [
            "header osprey\n",
            "struck\n",
            "note about heron\n",
            "reviewer says",
            "Ann",
            "a drawing\n",
            "boxed words\n",
        ] {
            assert!(out.text.contains(words), "{words}: {}", out.text);
        }
        assert_eq!(out.text.matches("boxed").count(), 1);
        assert_eq!(out.facts["title"], "T words");
        assert_eq!(out.facts["author"], "A. Clerk");
        assert_eq!(out.facts["last_author"], "B. Clerk");
        assert_eq!(out.facts["created"], "2002-03-12 09:05");
        assert_eq!(out.facts["modified"], "2002-03-13 00:00");
        assert_eq!(out.facts["pages"], "3");
    }

    #[test]
    fn pictures_and_objects_are_taken_out() {
        let rtf = br"{\rtf1 a{\*\shppict{\pict\pngblip 89504e47 0d0a}}{\nonshppict{\pict\wmetafile8 00}}
{\object\objemb{\*\objclass Package}{\*\objdata 0105000002000000080000005061636b616765000000000000000000
1b0000000200612e7478740061000000030003000000633a00020000006869}{\result seen}}}";
        let mut out = Out::default();
        read(rtf, &mut out).unwrap();
        assert_eq!(out.text, "a\nseen");
        let children: Vec<_> = out
            .children
            .iter()
            .map(|c| (c.name.as_str(), &c.bytes[..]))
            .collect();
        assert_eq!(
            children,
            [("image1.png", &b"\x89PNG\r\n"[..]), ("a.txt", b"hi")]
        );
        let mut out = Out::default();
        read(br"{\rtf1 a{\object{\*\objdata 01}}}", &mut out).unwrap();
        assert!(out.ledger.has(Unread::Embedded));
    }

    #[test]
    fn pages_within_rich_text() {
        let rtf = br"{\rtf1\ansi\ansicpg1251\fromhtml1 {\fonttbl{\f0 A;}{\f1\fcharset204 B;}}
{\*\htmltag64 <p>}\htmlrtf {\b \htmlrtf0 {\*\htmltag84 <b>}\f1\'e7\htmlrtf\f0}\htmlrtf0 {\*\htmltag92 </b>}\htmlrtf \par\htmlrtf0 {\*\htmltag244 &auml;}}";
        let mut out = Out::default();
        assert_eq!(read(rtf, &mut out), Some(Origin::Html));
        assert_eq!(html::to_text(&out.text).trim(), "зä");
    }

    proptest! {
        #[test]
        fn never_panics(tail in "[\\\\{}'u0-9a-z \\-*]{0,200}", bytes: Vec<u8>) {
            let mut rtf = b"{\\rtf1".to_vec();
            rtf.extend_from_slice(tail.as_bytes());
            rtf.extend_from_slice(&bytes);
            read(&rtf, &mut Out::default());
        }
    }
}
