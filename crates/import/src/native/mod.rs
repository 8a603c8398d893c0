//! canreach's own notation, in YAML or JSON.
