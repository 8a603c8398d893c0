//! Text to model: one module per kind of input. An importer never sees a question.
