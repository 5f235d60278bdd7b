//! Points sorted by digit, and summed bucket by bucket in affine coordinates.

use super::additions;
use super::point::Point;
use ff::Field;
#[cfg(feature = "prove")]
use group::Curve;
use group::Group;
use pasta_curves::{Eq, Fq};

/// Points by the magnitude of their digit: bucket `d` is `points[start[d]..][..len[d]]`.
pub(super) struct Buckets {
    points: Vec<Point>,
    start: Vec<usize>,
    len: Vec<usize>,
    /// Sums that affine formulas cannot add: a point and itself or its opposite.
    extra: Vec<(usize, Eq)>,
}

impl Buckets {
    /// Sorts points into buckets `1 ..= max`; those for bucket 0 are left out.
    pub fn new(entries: impl Iterator<Item = (usize, Point)> + Clone, max: usize) -> Self {
        let mut len = vec![0usize; max + 1];
        for (bucket, _) in entries.clone() {
            len[bucket] += 1;
        }
        len[0] = 0;
        let mut start = vec![0usize; max + 1];
        for d in 1..=max {
            start[d] = start[d - 1] + len[d - 1];
        }
        let total = start[max] + len[max];
        let nothing = Point {
            x: Fq::ZERO,
            y: Fq::ZERO,
        };
        let mut points = vec![nothing; total];
        let mut next = start.clone();
        for (bucket, point) in entries.filter(|(bucket, _)| *bucket != 0) {
            let at = &mut next[bucket];
            points[*at] = point;
            *at += 1;
        }
        Buckets {
            points,
            start,
            len,
            extra: Vec::new(),
        }
    }

    /// Adds neighbours within every bucket; false once no bucket has two points.
    pub fn halve(&mut self) -> bool {
        // Left points of the pairs.
        let mut lefts = Vec::with_capacity(self.points.len() / 2);
        let mut gone = Vec::new();
        for d in 1..self.len.len() {
            for pair in 0..self.len[d] / 2 {
                let left = self.start[d] + 2 * pair;
                let (p, q) = (self.points[left], self.points[left + 1]);
                if p.x == q.x {
                    self.extra.push((d, Eq::from(p.affine()) + q.affine()));
                    gone.push(left);
                } else {
                    lefts.push(left);
                }
            }
        }
        if lefts.is_empty() && gone.is_empty() {
            return false;
        }
        additions::neighbours(&mut self.points, &lefts);
        for d in 1..self.len.len() {
            let start = self.start[d];
            let mut kept = 0;
            for at in (0..self.len[d]).step_by(2) {
                if gone.binary_search(&(start + at)).is_err() {
                    self.points[start + kept] = self.points[start + at];
                    kept += 1;
                }
            }
            self.len[d] = kept;
        }
        true
    }

    /// How many points there are.
    pub fn points(&self) -> usize {
        self.points.len()
    }

    /// The sum of every bucket that has one, in one or more parts; to be called when nothing is left to halve.
    #[cfg(feature = "prove")]
    pub fn sums(self) -> Vec<(usize, Point)> {
        let extra = self.extra.iter().filter_map(|(bucket, sum)| {
            // An empty sum adds nothing.
            Some((*bucket, Point::new(&sum.to_affine())?))
        });
        let parts = (1..self.len.len()).flat_map(|d| {
            let points = &self.points[self.start[d]..][..self.len[d]];
            points.iter().map(move |point| (d, *point))
        });
        parts.chain(extra).collect()
    }

    /// `sum_d d (sum of bucket d)`: every bucket enters `running` once and stays for as many rounds as its
    /// coefficient.
    pub fn total(&self) -> Eq {
        let mut extra = vec![
            Eq::identity();
            if self.extra.is_empty() {
                0
            } else {
                self.len.len()
            }
        ];
        for (d, sum) in &self.extra {
            extra[*d] += sum;
        }
        let (mut running, mut sum) = (Eq::identity(), Eq::identity());
        for d in (1..self.len.len()).rev() {
            for point in &self.points[self.start[d]..][..self.len[d]] {
                running += point.affine();
            }
            if let Some(extra) = extra.get(d) {
                running += extra;
            }
            sum += running;
        }
        sum
    }
}
