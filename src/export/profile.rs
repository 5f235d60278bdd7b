//! What each review platform wants. Importers disagree, so each has its profile.
//!
//! | profile | load file | text | paths |
//! |---|---|---|---|
//! | relativity | `VOL/DATA/VOL.dat` + `.opt` | UTF-8 with mark; date and time in one field | `.\VOL\NATIVES\001\..` |
//! | nuix | `VOL.dat` + `.opt` at the root | UTF-8 without mark; DOCID, ITEMPATH, TEXTPATH; empty volume in the OPT | `VOL\NATIVES\001\..` |
//! | everlaw | `VOL/DATA/VOL.dat` + `.opt` | UTF-8; prefix must not end in a digit | `VOL\NATIVES\001\..` |
//! | logikcull | `VOL/DATA/VOL.dat` + `.opt` | UTF-8; BegBates, BegAttach, NativeLink, TextLink | `VOL\NATIVES\001\..` |
//! | csv | `VOL/DATA/VOL.csv` | RFC 4180, UTF-8, formulas disarmed | `VOL/NATIVES/001/..` |

use super::bates::{Bates, BatesError};
use super::fields::Field;
use crate::dat::Encoding;
use serde::Serialize;
use std::fmt;

/// A review platform's habits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Relativity.
    Relativity,
    /// Nuix.
    Nuix,
    /// Everlaw.
    Everlaw,
    /// Logikcull.
    Logikcull,
    /// A spreadsheet, or a program of one's own.
    Csv,
}

/// The sort of file that a load file points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// Pages.
    Images,
    /// The documents themselves.
    Natives,
    /// Extracted text.
    Text,
}

impl Folder {
    fn name(self) -> &'static str {
        match self {
            Folder::Images => "IMAGES",
            Folder::Natives => "NATIVES",
            Folder::Text => "TEXT",
        }
    }
}

impl Profile {
    /// All profiles.
    pub const ALL: [Profile; 5] = [
        Profile::Relativity,
        Profile::Nuix,
        Profile::Everlaw,
        Profile::Logikcull,
        Profile::Csv,
    ];

    /// The name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Profile::Relativity => "relativity",
            Profile::Nuix => "nuix",
            Profile::Everlaw => "everlaw",
            Profile::Logikcull => "logikcull",
            Profile::Csv => "csv",
        }
    }

    /// The profile of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.id() == id)
    }

    /// The columns of the load file, with their headers.
    pub fn columns(self) -> Vec<(Field, &'static str)> {
        let mut columns = Vec::with_capacity(Field::ALL.len() + 1);
        if self == Profile::Nuix {
            columns.push((Field::BegBates, "DOCID"));
        }
        for field in Field::ALL {
            // Relativity takes date and time in one field.
            if self == Profile::Relativity && field == Field::TimeSent {
                continue;
            }
            columns.push((field, self.header(field)));
        }
        columns
    }

    fn header(self, field: Field) -> &'static str {
        match (self, field) {
            (Profile::Nuix, Field::NativeLink) => "ITEMPATH",
            (Profile::Nuix, Field::TextLink) => "TEXTPATH",
            (Profile::Logikcull, Field::BegBates) => "BegBates",
            (Profile::Logikcull, Field::EndBates) => "EndBates",
            (Profile::Logikcull, Field::BegAttach) => "BegAttach",
            (Profile::Logikcull, Field::EndAttach) => "EndAttach",
            (Profile::Logikcull, Field::NativeLink) => "NativeLink",
            (Profile::Logikcull, Field::TextLink) => "TextLink",
            _ => field.name(),
        }
    }

    /// The encoding of its DAT unless asked otherwise.
    pub fn encoding(self) -> Encoding {
        match self {
            Profile::Relativity => Encoding::Utf8Bom,
            _ => Encoding::Utf8,
        }
    }

    /// Refuses numbers that the platform would misread.
    pub fn check(self, bates: &Bates) -> Result<(), BatesError> {
        if self == Profile::Everlaw && bates.prefix().ends_with(|c: char| c.is_ascii_digit()) {
            return Err(BatesError::EndsInDigit(bates.prefix().to_owned()));
        }
        Ok(())
    }

    /// Where the load file goes, without extension.
    pub fn load_file(self, volume: &str) -> String {
        match self {
            Profile::Nuix => volume.to_owned(),
            _ => format!("{volume}/DATA/{volume}"),
        }
    }

    /// Where a document's file goes.
    pub fn place(self, volume: &str, folder: Folder, batch: usize, name: &str) -> String {
        format!("{volume}/{}/{batch:03}/{name}", folder.name())
    }

    /// That place as the load file names it.
    pub fn link(self, place: &str) -> String {
        match self {
            Profile::Csv => place.to_owned(),
            Profile::Relativity => format!(r".\{}", place.replace('/', r"\")),
            _ => place.replace('/', r"\"),
        }
    }

    /// The volume column of the OPT.
    pub fn opticon_volume(self, volume: &str) -> &str {
        match self {
            Profile::Nuix => "",
            _ => volume,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_follow_their_platforms() {
        let headers = |profile: Profile| -> Vec<&str> {
            profile
                .columns()
                .into_iter()
                .map(|(_, name)| name)
                .collect()
        };
        let nuix = headers(Profile::Nuix);
        assert_eq!(nuix[0], "DOCID");
        assert!(nuix.contains(&"ITEMPATH") && nuix.contains(&"TEXTPATH"));
        assert!(nuix.iter().all(|h| h.to_uppercase() == **h), "{nuix:?}");
        assert!(!headers(Profile::Relativity).contains(&"TIMESENT"));
        assert!(headers(Profile::Everlaw).contains(&"TIMESENT"));
        assert_eq!(headers(Profile::Logikcull)[..2], ["BegBates", "EndBates"]);
        for profile in Profile::ALL {
            assert_eq!(Profile::from_id(profile.id()), Some(profile));
            let names = headers(profile);
            let mut unique = names.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), names.len(), "{profile}");
        }
    }

    #[test]
    fn places_and_links_agree() {
        let place = Profile::Relativity.place("VOL001", Folder::Images, 1, "ABC0000001.tif");
        assert_eq!(place, "VOL001/IMAGES/001/ABC0000001.tif");
        assert_eq!(
            Profile::Relativity.link(&place),
            r".\VOL001\IMAGES\001\ABC0000001.tif"
        );
        assert_eq!(
            Profile::Nuix.link(&place),
            r"VOL001\IMAGES\001\ABC0000001.tif"
        );
        assert_eq!(Profile::Csv.link(&place), place);
        assert_eq!(Profile::Nuix.load_file("VOL001"), "VOL001");
        assert_eq!(Profile::Logikcull.load_file("VOL001"), "VOL001/DATA/VOL001");
    }

    #[test]
    fn everlaw_refuses_prefixes_that_end_in_a_digit() {
        let bates = Bates::new("ACME2", 1, 7).unwrap();
        assert!(Profile::Relativity.check(&bates).is_ok());
        assert!(Profile::Everlaw.check(&bates).is_err());
    }
}
