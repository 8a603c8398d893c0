//! The neutral network: places, layers, profiles and provenance.
