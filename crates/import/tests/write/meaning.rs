//! What the written file looks like, and what it means.
