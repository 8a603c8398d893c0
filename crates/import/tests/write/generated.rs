//! Networks at random, with every parameter of every profile, and rules that no cloud would take.

use canreach_testkit::generate;

use crate::common::survives;

#[test]
fn generated_networks_survive_writing_and_reading() {
    for seed in 0..600 {
        survives(&generate::network(seed), &format!("seed {seed}"));
    }
}
