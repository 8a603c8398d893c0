//! What an answer takes for granted whatever the input says.

use canreach_model::Endpoint;
use canreach_query::{Answer, End, Verdict};

use super::Words;

impl Words<'_> {
    /// Returns what an answer takes for granted whatever the input says.
    pub(crate) fn implied_assumptions(self, answer: &Answer) -> Vec<String> {
        let question = &answer.question;
        let mut all = Vec::new();
        let on_internet = |end: &End| end.endpoint == Endpoint::Internet && !self.is_own(end);
        if question.destinations.iter().any(on_internet) && !question.one_way {
            all.push(String::from("machines on the Internet answer"));
        }
        if answer.verdict == Verdict::Unreachable {
            all.extend(self.nobody_else(&question.destinations));
        }
        all
    }

    /// Whether an end on the Internet is a public address of the network, of which the input does not
    /// say whose it is.
    fn is_own(self, end: &End) -> bool {
        self.network.public_addresses.iter().any(|(_, it)| end.addresses.contains(it.address))
    }

    /// Returns that the input is complete, for each VPC in whose blocks an address lies that nobody
    /// has and whose input does not say that it may lack interfaces.
    fn nobody_else(self, destinations: &[End]) -> Vec<String> {
        let addresses = || {
            let nobody = destinations.iter().filter(|end| end.endpoint == Endpoint::Nobody);
            nobody.flat_map(|end| end.addresses.ranges())
        };
        let vpcs = self.network.vpcs.iter().filter(|(_, vpc)| {
            let holds = |address| vpc.cidrs.iter().any(|block| block.contains(&address));
            vpc.unlisted.is_none() && addresses().any(|range| holds(range.first()))
        });
        let complete = |vpc| {
            let vpc = self.vpc(vpc).words();
            format!("nothing but the interfaces described has an address in {vpc}")
        };
        vpcs.map(|(id, _)| complete(id)).collect()
    }
}

#[cfg(test)]
mod tests;
