//! Classes: holders of one seat whose filters, too, nothing tells apart.

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::{Instance, InterfaceId, Listen, Network, SecurityGroupId};

use crate::{
    holders::Holder,
    looks::{LookId, Looks},
    seats::Seat,
};

/// Holders that behave alike towards everyone.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    /// The holders, by their positions.
    pub(crate) members: Vec<usize>,
    /// The one that is asked for all.
    pub(crate) example: usize,
}

/// What filters can tell of a holder: everything that any of them reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    groups: Vec<SecurityGroupId>,
    looks: Vec<LookId>,
    /// What the host does with packets, in words that do not name its interface.
    host: Option<(String, String)>,
}

/// Divides the members of a seat into classes, in order.
pub(crate) fn classes(
    network: &Network,
    holders: &[Holder],
    seat: &Seat,
    looks: &Looks,
) -> Vec<Class> {
    let mut by_key: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for member in &seat.members {
        let Some(holder) = holders.get(*member) else { continue };
        by_key.entry(key(network, holder, looks)).or_default().push(*member);
    }
    let class = |members: Vec<usize>| {
        let example = members.first().copied()?;
        Some(Class { members, example })
    };
    by_key.into_values().filter_map(class).collect()
}

fn key(network: &Network, holder: &Holder, looks: &Looks) -> Key {
    let instance = holder.interface.and_then(|id| Some((id, network.instance_of(id)?)));
    Key {
        groups: holder
            .interface
            .map(|id| network.interfaces[id].security_groups.clone())
            .unwrap_or_default(),
        looks: holder.reached_at().map(|address: IpAddr| looks.look(address)).collect(),
        host: instance.and_then(|(id, instance)| host(&network.instances[instance], id)),
    }
}

/// Returns what a host does with its packets; `None` where nothing is known of it.
fn host(instance: &Instance, own: InterfaceId) -> Option<(String, String)> {
    if instance.firewall.is_none() && instance.services.is_none() {
        return None;
    }
    let named = |interface: Option<InterfaceId>| interface.map(|id| id == own);
    let chains = instance.firewall.iter().flat_map(|firewall| &firewall.chains);
    let chains: Vec<_> = chains
        .map(|chain| {
            let rules = chain.rules.iter().map(|rule| {
                let at = (named(rule.input), named(rule.output));
                (&rule.matches, &rule.states, at, rule.verdict)
            });
            (chain.base, rules.collect::<Vec<_>>())
        })
        .collect();
    let services: Option<Vec<_>> = instance.services.as_ref().map(|services| {
        let service = services.iter().map(|service| {
            let listen = match service.listen {
                Listen::Interface(id) if id == own => None,
                Listen::Interface(_)
                | Listen::Any
                | Listen::AnyV4
                | Listen::AnyV6
                | Listen::Address(_) => Some(service.listen),
            };
            (service.protocol, service.ports, listen)
        });
        service.collect()
    });
    Some((format!("{chains:?}"), format!("{services:?}")))
}
