//! Estates: networks of AWS of a given size and of a realistic shape, determined by a seed.
//!
//! They are what speed is measured on (`docs/performance.md`). Each VPC has 500 interfaces, ten subnets,
//! twenty security groups of ten rules and five ACLs of twenty. About ten VPCs make a routing domain
//! around a transit gateway, which carries only inside the domain and to one VPC of shared services,
//! behind a gateway of its own. A tenth of the VPCs are peered as well, across domains.
//!
//! What makes large networks tractable or not is how much their parts repeat each other, so that is kept
//! as it is in the field: all rules draw their address blocks from one pool, their ports from a short list,
//! and most interfaces of a subnet carry one of a few combinations of groups.

mod acls;
mod blocks;
mod change;
mod domains;
mod groups;
mod hosts;
mod names;
mod vpcs;

use canreach_model::{Network, ProfileName, RouteTableId, SecurityGroupId, SubnetId, VpcId};

use crate::{Builder, Random};

pub use change::{remove_rule, widen_rule};

/// The interfaces of instances in each VPC of a large estate.
pub const INTERFACES_OF_VPC: usize = 500;
/// The subnets of each VPC.
pub const SUBNETS_OF_VPC: usize = 10;
/// The security groups of each VPC.
pub const GROUPS_OF_VPC: usize = 20;
/// The rules of each security group, both directions together.
pub const RULES_OF_GROUP: usize = 10;
/// The ACLs of each VPC.
pub const ACLS_OF_VPC: usize = 5;
/// The rules of each ACL, both directions together.
pub const RULES_OF_ACL: usize = 20;
/// The VPCs around each transit gateway.
pub const VPCS_OF_DOMAIN: usize = 10;
/// The address blocks from which all rules of an estate draw.
pub const BLOCKS: usize = 64;

/// The most VPCs that an estate can have: the blocks of 10.0.0.0/8.
const MOST_VPCS: usize = 1024;

/// Returns the estate of a seed with so many interfaces of instances.
///
/// The interfaces of NAT gateways and of attachments come on top, four for each VPC. There are always
/// two VPCs at least, one of which has the shared services.
///
/// # Panics
/// With more interfaces than fit into 10.0.0.0/8 at 500 for each VPC.
#[must_use]
pub fn network(interfaces: usize, seed: u64) -> Network {
    let vpcs = interfaces.div_ceil(INTERFACES_OF_VPC).max(2);
    assert!(vpcs <= MOST_VPCS, "an estate has {MOST_VPCS} VPCs at most");
    let mut maker = Maker::new(seed, vpcs);
    let ids: Vec<VpcId> = (0..vpcs).map(|nth| maker.add_vpc(nth)).collect();
    for (nth, vpc) in ids.into_iter().enumerate() {
        let share = interfaces / vpcs + usize::from(nth < interfaces % vpcs);
        maker.fill_vpc(nth, vpc, share);
    }
    maker.add_domains();
    maker.add_peerings();
    maker.add_group_rules();
    let mut network = maker.builder.build();
    names::give(&mut network);
    network
}

/// An estate under construction.
struct Maker {
    random: Random,
    builder: Builder,
    /// What rules speak of, the most popular first.
    pool: Vec<String>,
    /// What was made for each VPC; the first has the shared services.
    made: Vec<Made>,
    /// How many public addresses are given away.
    public: u32,
}

/// What was made for a VPC.
#[derive(Clone)]
struct Made {
    vpc: VpcId,
    cidr: String,
    /// The main table, which private subnets use, and that of the public ones.
    tables: [RouteTableId; 2],
    subnets: Vec<SubnetId>,
    /// The most popular first.
    groups: Vec<SecurityGroupId>,
    /// The VPC across a peering.
    peer: Option<usize>,
}

impl Maker {
    fn new(seed: u64, vpcs: usize) -> Self {
        // Another stream than those of the other networks.
        let mut random = Random::new(seed ^ 0x00e5_7a7e_0000_0000);
        let pool = blocks::pool(&mut random, vpcs);
        let builder = Builder::new(ProfileName::Aws);
        Self { random, builder, pool, made: Vec::new(), public: 0 }
    }

    fn network(&mut self) -> &mut Network {
        &mut self.builder.network
    }

    /// Returns one of several, the first far more often than the last: the nth in proportion to 1/n.
    fn popular<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let weight = |nth: u16| 2520 / (nth + 1);
        let count = u16::try_from(from.len()).ok()?;
        let total = (0..count).map(weight).sum();
        let mut at = self.random.between(1, total);
        for (nth, one) in (0..count).zip(from) {
            match at.checked_sub(weight(nth)) {
                None | Some(0) => return Some(one.clone()),
                Some(rest) => at = rest,
            }
        }
        None
    }

    /// Returns a public address that nobody has yet.
    fn take_public(&mut self) -> String {
        self.public += 1;
        let first = u32::from(std::net::Ipv4Addr::new(52, 16, 0, 0));
        std::net::Ipv4Addr::from(first + self.public * 5).to_string()
    }
}

#[cfg(test)]
mod tests;
