//! Colour profiles: what the numbers of a picture mean, and the same colours in sRGB.
//!
//! A person sees a picture through its profile; a network sees numbers. So what is not (nearly) sRGB is converted, in an
//! arithmetic that is the same on every machine: curves in IEEE 754 double precision, with powers from `libm`, rounded
//! once to 20 bits; matrices to 14 bits; everything for each pixel in integers. Colour engines (moxcms, qcms, lcms) have
//! other paths for other processors and promise no bits.
//!
//! Converted are profiles of a matrix and three curves (Display P3, Adobe RGB, ProPhoto, swapped channels, any gamma), those of
//! one curve for grey, code points of ITU-T H.273, and `gAMA` with `cHRM` of a PNG. Profiles of tables (inks, Lab, printers)
//! and curves of high dynamic range are not: the picture stays as its numbers are, and that is said.

use crate::bytes::Order;
use std::sync::{Arc, OnceLock};

/// Largest difference of a value, of 255, that makes no other picture.
const NEAR: u8 = 2;
/// Longest profile that is looked at.
const MAX_PROFILE: usize = 16 << 20;

/// What the numbers of a picture mean.
#[derive(Clone, Debug)]
pub enum Colour {
    /// sRGB, or hardly anything else.
    Srgb,
    /// Something else, and how it becomes sRGB.
    Mapped(Arc<Mapping>),
    /// Something else, which is not converted: why.
    Unconverted(&'static str),
}

/// From the numbers of a picture to sRGB.
#[derive(Debug)]
pub enum Mapping {
    /// Curves to linear light with 20 bits, and a matrix with 14.
    Rgb {
        /// One for each channel.
        curves: Box<[[i64; 256]; 3]>,
        /// Row by row.
        matrix: [[i64; 3]; 3],
    },
    /// One value from one.
    Grey(Box<[u8; 256]>),
}

/// Three rows of three.
type Matrix = [[f64; 3]; 3];

/// Primaries of sRGB as columns, adapted to D50, as ICC profiles have them.
const SRGB: Matrix = [
    [0.4360747, 0.3850649, 0.1430804],
    [0.2225045, 0.7168786, 0.0606169],
    [0.0139322, 0.0971045, 0.7141733],
];
/// The white of profiles.
const D50: [f64; 3] = [0.9642, 1.0, 0.8249];
const D65: [f64; 2] = [0.3127, 0.3290];
const BRADFORD: Matrix = [
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
];

impl Colour {
    /// By an ICC profile.
    pub fn of_profile(profile: &[u8]) -> Colour {
        if profile.len() > MAX_PROFILE {
            return Colour::Unconverted("a profile of more than 16 MiB");
        }
        let tag = |name: &[u8; 4]| tag(profile, name);
        let lut = [b"A2B0", b"A2B1", b"A2B2"]
            .into_iter()
            .any(|n| tag(n).is_some());
        let xyz = profile.get(20..24) == Some(b"XYZ ");
        match profile.get(16..20) {
            Some(b"RGB " | b"GRAY") if lut => Colour::Unconverted("a profile of tables"),
            Some(b"RGB ") if xyz => {
                let columns = [b"rXYZ", b"gXYZ", b"bXYZ"].map(|name| tag(name).and_then(vector));
                let curves =
                    [b"rTRC", b"gTRC", b"bTRC"].map(|name| tag(name).and_then(Curve::read));
                let ([Some(r), Some(g), Some(b)], [Some(x), Some(y), Some(z)]) = (columns, curves)
                else {
                    return Colour::Unconverted("a profile without matrix or curves");
                };
                let columns = [0, 1, 2].map(|row| [r[row], g[row], b[row]]);
                of_matrix(columns, [x, y, z])
            }
            Some(b"GRAY") => match tag(b"kTRC").and_then(Curve::read) {
                Some(curve) => of_curve(&curve),
                None => Colour::Unconverted("a profile without its curve"),
            },
            Some(b"CMYK") => Colour::Unconverted("a profile of printing inks"),
            Some(b"Lab ") => Colour::Unconverted("a profile of Lab"),
            Some(_) => Colour::Unconverted("a profile of another kind of colours"),
            None => Colour::Unconverted("a damaged profile"),
        }
    }

    /// By code points of ITU-T H.273 (nclx, cICP).
    pub fn of_code_points(primaries: u16, transfer: u16) -> Colour {
        let curve = match transfer {
            // What cameras state for video and mean on a screen is its curve, not the camera's.
            1 | 2 | 6 | 13 | 14 | 15 => Curve::srgb(),
            4 => Curve::gamma(2.2),
            5 => Curve::gamma(2.8),
            8 => Curve::gamma(1.0),
            16 | 18 => return Colour::Unconverted("colours of high dynamic range"),
            _ => return Colour::Unconverted("colours with an unknown curve"),
        };
        let primaries = match primaries {
            1 | 2 => [[0.640, 0.330], [0.300, 0.600], [0.150, 0.060]],
            5 => [[0.640, 0.330], [0.290, 0.600], [0.150, 0.060]],
            6 | 7 => [[0.630, 0.340], [0.310, 0.595], [0.155, 0.070]],
            9 => [[0.708, 0.292], [0.170, 0.797], [0.131, 0.046]],
            12 => [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060]],
            _ => return Colour::Unconverted("colours with unknown primaries"),
        };
        Colour::of_chromaticities(D65, primaries, curve)
    }

    /// As a PNG states it: the exponent of the encoding, and perhaps white and primaries.
    pub fn of_png(gamma: f64, chromaticities: Option<[[f64; 2]; 4]>) -> Colour {
        if !(0.01..=100.0).contains(&gamma) {
            return Colour::Unconverted("a gamma that makes no sense");
        }
        let [white, primaries @ ..] =
            chromaticities.unwrap_or([D65, [0.64, 0.33], [0.30, 0.60], [0.15, 0.06]]);
        Colour::of_chromaticities(white, primaries, Curve::gamma(1.0 / gamma))
    }

    fn of_chromaticities(white: [f64; 2], primaries: [[f64; 2]; 3], curve: Curve) -> Colour {
        let lift = |[x, y]: [f64; 2]| [x / y, 1.0, (1.0 - x - y) / y];
        let white = lift(white);
        let columns = primaries.map(lift);
        let columns: Matrix = [0, 1, 2].map(|row| [0, 1, 2].map(|c| columns[c][row]));
        let adapted = || {
            let amounts = apply(&inverse(&columns)?, white);
            let to_white = columns.map(|row| [0, 1, 2].map(|c| row[c] * amounts[c]));
            // From this white to that of profiles.
            let (from, to) = (apply(&BRADFORD, white), apply(&BRADFORD, D50));
            let scale: Matrix =
                [0, 1, 2].map(|r| [0, 1, 2].map(|c| if r == c { to[r] / from[r] } else { 0.0 }));
            let adapt = times(&inverse(&BRADFORD)?, &times(&scale, &BRADFORD));
            Some(times(&adapt, &to_white))
        };
        match adapted() {
            Some(columns) => of_matrix(columns, [curve.clone(), curve.clone(), curve]),
            None => Colour::Unconverted("primaries that make no sense"),
        }
    }

    /// Whether the colours are not those that a person sees, and why.
    pub fn unconverted(&self) -> Option<&'static str> {
        match self {
            Colour::Unconverted(why) => Some(why),
            _ => None,
        }
    }

    /// Whether a picture of `grey` values, or of colours, can have this profile at all.
    pub(crate) fn fitting(self, grey: bool) -> Colour {
        match &self {
            Colour::Mapped(mapping) if matches!(**mapping, Mapping::Grey(_)) && !grey => {
                Colour::Unconverted("a profile of grey for colours")
            }
            _ => self,
        }
    }

    /// One pixel.
    pub(crate) fn apply(&self, pixel: [u8; 3]) -> [u8; 3] {
        match self {
            Colour::Mapped(mapping) => mapping.apply(pixel),
            _ => pixel,
        }
    }
}

impl Mapping {
    fn apply(&self, pixel: [u8; 3]) -> [u8; 3] {
        match self {
            Mapping::Rgb { curves, matrix } => {
                let light = [0, 1, 2].map(|c| curves[c][usize::from(pixel[c])]);
                let encode = encoding();
                matrix.map(|row| {
                    let sum = row[0] * light[0] + row[1] * light[1] + row[2] * light[2];
                    // 20 + 14 bits become 16.
                    let index = ((sum + (1 << 17)) >> 18).clamp(0, 65_535);
                    encode[index as usize]
                })
            }
            Mapping::Grey(values) => [values[usize::from(pixel[0])]; 3],
        }
    }

    /// Whether hardly any colour becomes another one.
    fn is_nothing(&self) -> bool {
        let steps: Vec<u8> = (0..=16).map(|step| (step * 255 / 16) as u8).collect();
        let near = |pixel: [u8; 3]| {
            let found = self.apply(pixel);
            (0..3).all(|c| found[c].abs_diff(pixel[c]) <= NEAR)
        };
        match self {
            Mapping::Grey(_) => (0..=255).all(|v| near([v; 3])),
            Mapping::Rgb { .. } => {
                (0..=255).all(|v| near([v; 3]))
                    && steps.iter().all(|r| {
                        steps
                            .iter()
                            .all(|g| steps.iter().all(|b| near([*r, *g, *b])))
                    })
            }
        }
    }
}

fn mapped(mapping: Mapping) -> Colour {
    match mapping.is_nothing() {
        true => Colour::Srgb,
        false => Colour::Mapped(Arc::new(mapping)),
    }
}

fn of_matrix(columns: Matrix, curves: [Curve; 3]) -> Colour {
    let Some(back) = inverse(&SRGB) else {
        return Colour::Srgb;
    };
    let matrix = times(&back, &columns);
    // Numbers that are none are not small either.
    if !matrix.iter().flatten().all(|v| v.abs() < 1e4) {
        return Colour::Unconverted("a profile that makes no sense");
    }
    mapped(Mapping::Rgb {
        matrix: matrix.map(|row| row.map(|v| libm::round(v * 16_384.0) as i64)),
        curves: Box::new(curves.map(|curve| {
            std::array::from_fn(|v| libm::round(curve.light(v as f64 / 255.0) * 1_048_576.0) as i64)
        })),
    })
}

fn of_curve(curve: &Curve) -> Colour {
    let encode = encoding();
    mapped(Mapping::Grey(Box::new(std::array::from_fn(|v| {
        let light = libm::round(curve.light(v as f64 / 255.0) * 65_535.0);
        encode[light as usize]
    }))))
}

/// The byte of sRGB for a share of light, in 65,535ths.
fn encoding() -> &'static [u8; 65_536] {
    static TABLE: OnceLock<Box<[u8; 65_536]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let srgb = Curve::srgb();
        let mut table = vec![255u8; 65_536];
        let mut from = 0;
        for value in 0..255u32 {
            // Up to the middle between this value and the next one.
            let middle = srgb.light((f64::from(value) + 0.5) / 255.0) * 65_535.0;
            let to = (libm::floor(middle) as usize + 1).min(65_536);
            table[from..to].fill(value as u8);
            from = to;
        }
        table.into_boxed_slice().try_into().expect("of that length")
    })
}

/// From a value to light, both from 0 to 1.
#[derive(Clone, Debug)]
enum Curve {
    Table(Vec<u16>),
    /// The type of parametric curve, and g, a, b, c, d, e, f.
    Formula(u16, [f64; 7]),
}

impl Curve {
    fn gamma(g: f64) -> Self {
        Curve::Formula(0, [g, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    fn srgb() -> Self {
        let (a, b) = (1.0 / 1.055, 0.055 / 1.055);
        Curve::Formula(3, [2.4, a, b, 1.0 / 12.92, 0.04045, 0.0, 0.0])
    }

    fn read(tag: &[u8]) -> Option<Self> {
        let at = |index: usize| {
            Order::Big
                .u32(tag, 12 + 4 * index)
                .map(|v| f64::from(v as i32) / 65_536.0)
        };
        match tag.get(..4)? {
            b"curv" => match Order::Big.u32(tag, 8)? {
                0 => Some(Curve::gamma(1.0)),
                1 => Some(Curve::gamma(f64::from(Order::Big.u16(tag, 12)?) / 256.0)),
                count => {
                    let bytes = tag.get(12..12 + 2 * usize::try_from(count).ok()?)?;
                    let two = bytes.chunks_exact(2);
                    Some(Curve::Table(
                        two.map(|v| u16::from_be_bytes([v[0], v[1]])).collect(),
                    ))
                }
            },
            b"para" => {
                let kind = Order::Big.u16(tag, 8)?;
                let count = *[1, 3, 4, 5, 7].get(usize::from(kind))?;
                let mut numbers = [0.0; 7];
                for (index, number) in numbers.iter_mut().take(count).enumerate() {
                    *number = at(index)?;
                }
                Some(Curve::Formula(kind, numbers))
            }
            _ => None,
        }
    }

    fn light(&self, x: f64) -> f64 {
        let y = match self {
            Curve::Table(values) => {
                let place = x * (values.len() - 1) as f64;
                let low = libm::floor(place);
                let at = |index: usize| f64::from(values[index.min(values.len() - 1)]) / 65_535.0;
                let (first, next) = (at(low as usize), at(low as usize + 1));
                first + (next - first) * (place - low)
            }
            Curve::Formula(kind, [g, a, b, c, d, e, f]) => {
                let power = |base: f64| libm::pow(base.max(0.0), *g);
                match kind {
                    0 => power(x),
                    1 if a * x + b >= 0.0 => power(a * x + b),
                    1 => 0.0,
                    2 if a * x + b >= 0.0 => power(a * x + b) + c,
                    2 => *c,
                    3 if x >= *d => power(a * x + b),
                    4 if x >= *d => power(a * x + b) + e,
                    3 => c * x,
                    _ => c * x + f,
                }
            }
        };
        match y.is_nan() {
            true => 0.0,
            false => y.clamp(0.0, 1.0),
        }
    }
}

/// The content of a tag.
fn tag<'p>(profile: &'p [u8], name: &[u8; 4]) -> Option<&'p [u8]> {
    let count = Order::Big.u32(profile, 128)?.min(1000) as usize;
    let entry = (0..count)
        .map(|index| 132 + 12 * index)
        .find(|at| profile.get(*at..*at + 4) == Some(name))?;
    let from = Order::Big.u32(profile, entry + 4)? as usize;
    let size = Order::Big.u32(profile, entry + 8)? as usize;
    profile.get(from..from.checked_add(size)?)
}

/// The three numbers of a tag.
fn vector(tag: &[u8]) -> Option<[f64; 3]> {
    let at = |index: usize| {
        Order::Big
            .u32(tag, 8 + 4 * index)
            .map(|v| f64::from(v as i32) / 65_536.0)
    };
    (tag.get(..4)? == b"XYZ ").then_some(())?;
    Some([at(0)?, at(1)?, at(2)?])
}

fn apply(m: &Matrix, v: [f64; 3]) -> [f64; 3] {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    a.map(|row| [0, 1, 2].map(|c| row[0] * b[0][c] + row[1] * b[1][c] + row[2] * b[2][c]))
}

fn inverse(m: &Matrix) -> Option<Matrix> {
    let minor = |r: usize, c: usize| {
        let (r1, r2, c1, c2) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let whole = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
    let invertible = whole.abs() > 1e-9;
    if !invertible {
        return None;
    }
    Some([0, 1, 2].map(|r| [0, 1, 2].map(|c| minor(c, r) / whole)))
}

#[cfg(test)]
mod tests;
