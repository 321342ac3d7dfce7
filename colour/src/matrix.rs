// SPDX-License-Identifier: GPL-3.0-or-later
//! Matrices of three by three, as colour needs them.

use std::ops::Mul;

/// A matrix; rows first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix3(pub [[f64; 3]; 3]);

/// The matrix with the given columns.
pub fn column_matrix(columns: [[f64; 3]; 3]) -> Matrix3 {
    Matrix3([0, 1, 2].map(|row| columns.map(|column| column[row])))
}

impl Matrix3 {
    /// A matrix that scales each part.
    pub fn diagonal(scale: [f64; 3]) -> Self {
        let mut rows = [[0.0; 3]; 3];
        for (index, scale) in scale.into_iter().enumerate() {
            rows[index][index] = scale;
        }
        Self(rows)
    }

    /// One column.
    pub fn column(&self, index: usize) -> [f64; 3] {
        self.0.map(|row| row[index])
    }

    /// The determinant.
    pub fn determinant(&self) -> f64 {
        (0..3)
            .map(|index| self.0[0][index] * self.cofactor(0, index))
            .sum()
    }

    fn cofactor(&self, row: usize, column: usize) -> f64 {
        let (r1, r2) = ((row + 1) % 3, (row + 2) % 3);
        let (c1, c2) = ((column + 1) % 3, (column + 2) % 3);
        self.0[r1][c1] * self.0[r2][c2] - self.0[r1][c2] * self.0[r2][c1]
    }

    /// The matrix that undoes this one; `None` where there is none.
    pub fn inverse(&self) -> Option<Self> {
        let determinant = self.determinant();
        if !determinant.is_finite() || determinant.abs() < 1e-9 {
            return None;
        }
        let mut rows = [[0.0; 3]; 3];
        for (row, parts) in rows.iter_mut().enumerate() {
            for (column, part) in parts.iter_mut().enumerate() {
                *part = self.cofactor(column, row) / determinant;
            }
        }
        Some(Self(rows))
    }
}

impl Mul for Matrix3 {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        column_matrix([0, 1, 2].map(|index| self * other.column(index)))
    }
}

impl Mul<[f64; 3]> for Matrix3 {
    type Output = [f64; 3];

    fn mul(self, vector: [f64; 3]) -> [f64; 3] {
        self.0
            .map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }
}
