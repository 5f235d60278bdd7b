//! What goes wrong in building circuits and proving.

/// Why a circuit could not be built or a proof not be made.
#[derive(Debug, thiserror::Error)]
pub enum CircuitError {
    /// No circuit of this shape exists.
    #[error("no circuit of this shape: {0}")]
    Shape(&'static str),
    /// The witness does not belong to the statement; proving it would produce an invalid proof.
    #[error("the witness does not match the statement: {0}")]
    Witness(String),
    /// halo2 refused.
    #[error("the proof system reported: {0}")]
    Halo2(#[from] halo2_proofs::plonk::Error),
    /// The public parameters could not be loaded.
    #[error(transparent)]
    Params(#[from] crate::params::ParamsError),
}
