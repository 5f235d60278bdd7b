//! HEIC: the pictures of a file beside its primary one. Tiles of a grid are no pictures of their own, and alpha is applied;
//! everything else is decoded: other pictures of a burst, what an overlay covers, maps of depth and brightness, and thumbnails
//! that show something else. Sequences lie in tracks, which no decoder here knows.

use super::alike::alike;
use super::found::{Limits, Main, Parts, Unseen};
use crate::bytes::Order::Big;
use crate::colour::Colour;
use crate::error::PictureError;
use crate::heic;
use crate::isobmff::boxes;
use crate::limits::MAX_PAGES;
use crate::picture::{Picture, guarded};
use heifer::heifer_isobmff::boxes::Property;
use heifer::heifer_isobmff::{HeifFile, Item};
use std::fmt::Display;

/// Boxes that are read, or hold nothing but fields.
const KNOWN: [&[u8; 4]; 9] = [
    b"ftyp", b"meta", b"mdat", b"moov", b"uuid", b"idat", b"pdin", b"styp", b"sidx",
];
/// Items that hold a picture, in whatever coding. Others do if they state a size.
const CODED: [&[u8; 4]; 8] = [
    b"hvc1", b"hev1", b"grid", b"iovl", b"iden", b"av01", b"jpeg", b"unci",
];

/// Behind the last box.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    boxes(bytes).last().map(|found| found.to)
}

pub(super) fn colour(bytes: &[u8]) -> Colour {
    let look = || {
        let file = heic::open(bytes)?;
        Ok(heic::colour(&file, file.primary_id))
    };
    guarded(look).unwrap_or(Colour::Srgb)
}

fn decoded(bytes: &[u8], file: &HeifFile<'_>, id: u32) -> Result<Picture, PictureError> {
    let (pixels, colour) = guarded(|| heic::item(bytes, file, id))?;
    Ok(Picture::upright(pixels, colour))
}

pub(super) fn parts(bytes: &[u8], main: &mut Main<'_>, limits: &Limits, out: &mut Parts) {
    let mut end = 0;
    for found in boxes(bytes) {
        end = found.to;
        if !KNOWN.contains(&&found.name) {
            out.beside(found.from..found.to);
        }
        if &found.name == b"moov" {
            let count = samples(&bytes[found.from..found.to]);
            out.unseen(
                Unseen::Frames,
                count,
                "a sequence or film, which is not decoded here",
            );
        }
    }
    out.beside(end..bytes.len());
    let Ok(file) = heic::open(bytes) else {
        return;
    };
    let mut others = file.items.iter().filter(|item| {
        item.id != file.primary_id
            && is_picture(&file, item)
            && !is_tile(&file, item.id)
            && !is_applied(&file, item.id)
    });
    // What thumbnails are of, the last one.
    let mut master: Option<(u32, Option<Picture>)> = None;
    for (number, item) in (2..).zip(others.by_ref().take(MAX_PAGES)) {
        let thumbnail = file.referenced_items(item.id, b"thmb").first().copied();
        let auxiliary = !file.referenced_items(item.id, b"auxl").is_empty();
        let what = match (thumbnail, auxiliary) {
            (Some(_), _) => "thumbnail",
            (_, true) => "auxiliary",
            _ => "picture",
        };
        let told = |error: &dyn Display| format!("{what} {number}: {error}");
        let found = match &item.item_type.0 {
            b"jpeg" => jpeg(&file, item.id),
            _ => decoded(bytes, &file, item.id).map(|picture| (picture, None)),
        };
        let (picture, coded) = match found {
            Ok(found) => found,
            Err(error) => {
                out.unseen(Unseen::Frames, 1, told(&error));
                continue;
            }
        };
        if let Some(of) = thumbnail {
            let shown = if of == file.primary_id {
                main.picture()
            } else {
                if master.as_ref().is_none_or(|(id, _)| *id != of) {
                    master = Some((of, decoded(bytes, &file, of).ok()));
                }
                master.as_ref().and_then(|(_, picture)| picture.as_ref())
            };
            if shown.is_some_and(|shown| alike(shown, &picture)) {
                continue;
            }
        }
        let part = match coded {
            Some(jpeg) => Ok((jpeg, "jpg")),
            None => picture.to_png().map(|png| (png, "png")),
        };
        match part {
            Ok((part, extension)) => out.push(limits, format!("{what}-{number}.{extension}"), part),
            Err(error) => out.unseen(Unseen::Frames, 1, told(&error)),
        }
    }
    let left = others.count();
    out.unseen(
        Unseen::Frames,
        left,
        format!("those behind the first {MAX_PAGES}"),
    );
}

/// A picture that is a JPEG file inside.
fn jpeg(file: &HeifFile<'_>, id: u32) -> Result<(Picture, Option<Vec<u8>>), PictureError> {
    let data = file
        .item_data(id)
        .map_err(|error| PictureError::Broken(error.to_string()))?;
    let picture = Picture::decode(&data)?;
    Ok((picture, Some(data.into_owned())))
}

fn is_picture(file: &HeifFile<'_>, item: &Item) -> bool {
    let sized = |property: &Property| matches!(property, Property::ImageSize { .. });
    &item.item_type.0 != b"tmap"
        && (CODED.contains(&&item.item_type.0)
            || (file.item_properties(item.id).into_iter().flatten()).any(sized))
}

/// A part of a grid has no meaning alone, and is seen in it.
fn is_tile(file: &HeifFile<'_>, id: u32) -> bool {
    let inside = file.referencing_items(id, b"dimg");
    !inside.is_empty()
        && inside.iter().all(|outer| {
            file.item(*outer)
                .is_ok_and(|outer| matches!(&outer.item_type.0, b"grid" | b"tmap"))
        })
}

/// The alpha of another picture, which is seen in it.
fn is_applied(file: &HeifFile<'_>, id: u32) -> bool {
    let of = file.referenced_items(id, b"auxl");
    !of.is_empty() && of.iter().all(|of| heic::alpha(file, *of) == Some(id))
}

/// How many frames the tracks of a film have; at least one.
fn samples(movie: &[u8]) -> usize {
    let inner = |bytes: &[u8], name: &[u8; 4]| {
        let found = boxes(bytes).find(|found| &found.name == name)?;
        Some(found.from..found.to)
    };
    let count = |track: &[u8]| {
        let mut place = track;
        for name in [b"mdia", b"minf", b"stbl", b"stsz"] {
            place = &place[inner(place, name)?];
        }
        Some(Big.u32(place, 8)? as usize)
    };
    let tracks = boxes(movie).filter(|found| &found.name == b"trak");
    let all: usize = tracks
        .filter_map(|track| count(&movie[track.from..track.to]))
        .fold(0, usize::saturating_add);
    all.max(1)
}
