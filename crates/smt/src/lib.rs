//! Walks as Z3 formulas: tracked filters, limits and witnesses.
