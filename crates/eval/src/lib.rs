//! Walks one concrete packet through the model, there and back, with its own next-hop look-up.
