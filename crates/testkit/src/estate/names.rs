//! Ids as AWS gives them: a kind and seventeen hexadecimal digits. They sort in the order of the tables.

use std::collections::BTreeMap;

use canreach_model::{Meta, Network};

/// Gives every object an id as long as those of AWS; objects of one id keep one.
pub(super) fn give(network: &mut Network) {
    // Attachments alone share ids: the two sides of a peering.
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    for id in network.transit_attachments.ids() {
        let meta = &mut network.transit_attachments[id].meta;
        let name = given.entry(meta.id.clone()).or_insert_with(|| text("tgw-attach", id.index()));
        meta.id.clone_from(name);
    }
    macro_rules! give {
        ($($table:ident as $kind:literal),*) => {
            $(for id in network.$table.ids() {
                name(&mut network.$table[id].meta, $kind, id.index());
            })*
        };
    }
    give!(
        vpcs as "vpc",
        subnets as "subnet",
        route_tables as "rtb",
        network_acls as "acl",
        security_groups as "sg",
        interfaces as "eni",
        instances as "i",
        peerings as "pcx",
        internet_gateways as "igw",
        public_addresses as "eipalloc",
        nat_gateways as "nat",
        transit_gateways as "tgw",
        transit_route_tables as "tgw-rtb"
    );
}

fn name(meta: &mut Meta, kind: &str, number: usize) {
    meta.id = text(kind, number);
}

fn text(kind: &str, number: usize) -> String {
    // Far enough apart that the digits look as mixed as they do in the field.
    let spread = u64::try_from(number).unwrap_or(0).wrapping_mul(0x0000_0a3d_70a3_d70b);
    format!("{kind}-0{spread:016x}")
}
