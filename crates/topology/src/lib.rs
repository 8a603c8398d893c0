//! The graph of places, longest-prefix routing, and guarded walks there and back.
