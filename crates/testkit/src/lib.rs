//! Generators and a brute-force oracle for tests. It knows `net` and `model`, and no engine.
