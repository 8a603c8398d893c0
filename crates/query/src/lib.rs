//! Asks, decodes, replays, explains and corrects.
