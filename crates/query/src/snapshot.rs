//! From the answer for every pair of ends to a snapshot, in which everything has a lasting name.

use std::collections::{BTreeMap, HashMap};

use canreach_model::{Endpoint, FactId, InterfaceId, InterfaceOwner, Network, SecurityGroupId};
use canreach_net::{AddressSet, Family};
use canreach_sets::{Class, End, Flows, Reach};
use canreach_snapshot::{self as snapshot, Block, Header, Kind, Relation, Snapshot};

/// A snapshot, and what its names stand for in the network it was taken of.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The snapshot, in its canonical form.
    pub snapshot: Snapshot,
    /// Each source by its name.
    pub sources: BTreeMap<String, End>,
    /// Each destination by its name.
    pub destinations: BTreeMap<String, End>,
}

/// Names the answers for every pair of ends.
#[must_use]
pub fn record(network: &Network, reach: Reach, header: Header) -> Recorded {
    let names = Names::of(network);
    let (sources, source_ends) = classes(&names, &reach.sources);
    let (destinations, destination_ends) = classes(&names, &reach.destinations);
    let mut facts = Facts { network, places: BTreeMap::new(), met: Vec::new() };
    let flows = reach.flows.iter().map(|flows| facts.flows(flows)).collect();
    let facts = facts.met;
    let snapshot = Snapshot { header, facts, sources, destinations, blocks: blocks(reach), flows };
    Recorded {
        snapshot: snapshot.canonical(),
        sources: source_ends,
        destinations: destination_ends,
    }
}

/// Returns the rows of an answer as blocks, each for one class of sources and one set of flows.
fn blocks(reach: Reach) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (source, row) in reach.rows.into_iter().enumerate() {
        let mut by_flows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (destination, flows) in row {
            by_flows.entry(flows).or_default().push(destination);
        }
        let from: snapshot::ClassList = [source].into();
        blocks.extend(by_flows.into_iter().map(|(flows, to)| Block {
            relation: Relation::Others,
            from: from.clone(),
            to: to.into(),
            flows,
        }));
    }
    blocks.extend(reach.itself.into_iter().map(|(from, to, flows)| Block {
        relation: Relation::Itself,
        from: [from].into(),
        to: [to].into(),
        flows,
    }));
    blocks
}

fn classes(names: &Names<'_>, classes: &[Class]) -> (Vec<snapshot::Class>, BTreeMap<String, End>) {
    let mut ends = BTreeMap::new();
    let all = classes.iter().map(|class| {
        let kinds = class.kinds.iter().map(|members| {
            let key = members.first().map(|end| names.key(end)).unwrap_or_default();
            let members = members.iter().map(|end| {
                let name = names.name(end);
                ends.insert(name.clone(), end.clone());
                name
            });
            Kind { key, members: members.collect() }
        });
        snapshot::Class::of_kinds(kinds.collect())
    });
    (all.collect(), ends)
}

/// The facts that flows refer to, in the order in which they are met.
struct Facts<'n> {
    network: &'n Network,
    places: BTreeMap<FactId, usize>,
    met: Vec<snapshot::Fact>,
}

impl Facts<'_> {
    fn flows(&mut self, flows: &Flows) -> snapshot::Flows {
        snapshot::Flows {
            delivered: flows.delivered.clone(),
            answered: flows.answered.clone(),
            maybe_delivered: flows.maybe_delivered.clone(),
            maybe_answered: flows.maybe_answered.clone(),
            because: flows.because.iter().map(|fact| self.place(*fact)).collect(),
            limit: flows.limit.clone(),
        }
    }

    fn place(&mut self, fact: FactId) -> usize {
        if let Some(known) = self.places.get(&fact) {
            return *known;
        }
        let place = self.met.len();
        let it = &self.network.facts[fact];
        self.met.push(snapshot::Fact {
            id: format!("f{}", place + 1),
            statement: it.statement.clone(),
            settled_by: it.settled_by.clone(),
        });
        self.places.insert(fact, place);
        place
    }
}

/// Lasting names: ids of the provider, or names of a native model.
struct Names<'n> {
    network: &'n Network,
    owners: HashMap<InterfaceId, String>,
}

impl<'n> Names<'n> {
    fn of(network: &'n Network) -> Self {
        let mut of_owner: HashMap<InterfaceOwner, usize> = HashMap::new();
        for (_, interface) in network.interfaces.iter() {
            *of_owner.entry(interface.owner).or_default() += 1;
        }
        let alone = |owner| of_owner.get(&owner) == Some(&1);
        let id = |interface: InterfaceId| {
            let it = &network.interfaces[interface];
            match it.owner {
                InterfaceOwner::Instance(id) if alone(it.owner) => &network.instances[id].meta.id,
                InterfaceOwner::LoadBalancer(id) if alone(it.owner) => {
                    &network.load_balancers[id].meta.id
                }
                InterfaceOwner::Instance(_)
                | InterfaceOwner::LoadBalancer(_)
                | InterfaceOwner::NatGateway(_)
                | InterfaceOwner::Service
                | InterfaceOwner::Unmodelled(_)
                | InterfaceOwner::Gateway
                | InterfaceOwner::Detached => &it.meta.id,
            }
        };
        let mut owners: HashMap<InterfaceId, String> =
            network.interfaces.ids().map(|interface| (interface, plain(id(interface)))).collect();
        qualify(network, &mut owners);
        Self { network, owners }
    }

    /// Returns the name of an end: its owner's, with the address where that has several.
    fn name(&self, end: &End) -> String {
        if let (Some(within), Endpoint::Remote(_) | Endpoint::Internet) = (end.within, end.endpoint)
        {
            return format!("{}@{within}", self.owner(end));
        }
        let owner = self.owner(end);
        let own = end.interface.map(|id| &self.network.interfaces[id].addresses);
        match (end.addresses.first(), own.map(Vec::as_slice)) {
            (Some(address), Some([only])) if address == *only => owner,
            (Some(address), _) => format!("{owner}@{address}"),
            (None, _) => owner,
        }
    }

    fn owner(&self, end: &End) -> String {
        if let Some(id) = end.interface {
            return self.owners.get(&id).cloned().unwrap_or_default();
        }
        let network = self.network;
        match end.endpoint {
            Endpoint::Interface(id) => self.owners.get(&id).cloned().unwrap_or_default(),
            Endpoint::LoadBalancer(id) => plain(&network.load_balancers[id].meta.id),
            Endpoint::VirtualAddress(id) => plain(&network.virtual_addresses[id].meta.id),
            Endpoint::Remote(id) => plain(&network.remote_networks[id].meta.id),
            Endpoint::Internet if end.within.is_some() => "internet".to_owned(),
            Endpoint::Internet | Endpoint::Nobody => "unresolved".to_owned(),
        }
    }

    /// Returns what an end has in common with those that rules and routes cannot tell from it, in words.
    fn key(&self, end: &End) -> String {
        let network = self.network;
        let Some(id) = end.interface else {
            return match end.endpoint {
                Endpoint::Remote(_) => "on premises",
                Endpoint::Internet if end.within.is_some() => "on the Internet",
                Endpoint::Internet | Endpoint::Nobody => "public address of nobody known",
                Endpoint::VirtualAddress(_) => "virtual address",
                Endpoint::Interface(_) | Endpoint::LoadBalancer(_) => "",
            }
            .to_owned();
        };
        let interface = &network.interfaces[id];
        let group = |id: &SecurityGroupId| network.security_groups[*id].meta.id.as_str();
        let groups: Vec<&str> = interface.security_groups.iter().map(group).collect();
        let own: AddressSet = interface.addresses.iter().copied().collect();
        let mut parts = vec![network.subnets[interface.subnet].meta.id.clone()];
        parts.extend((!groups.is_empty()).then(|| groups.join(",")));
        if end.addresses.first().is_some_and(|address| Family::of(address) == Family::V6) {
            parts.push("IPv6".to_owned());
        }
        if !end.addresses.is_subset(&own) {
            parts.push("public address".to_owned());
        }
        parts.join("; ")
    }
}

/// Puts the VPC before names that several interfaces would have, and a number where that is not enough.
fn qualify(network: &Network, owners: &mut HashMap<InterfaceId, String>) {
    let vpc = |id: InterfaceId| plain(&network.vpcs[network.vpc_of(id)].meta.id);
    for again in [false, true] {
        let mut of_name: BTreeMap<String, Vec<InterfaceId>> = BTreeMap::new();
        for id in network.interfaces.ids() {
            of_name.entry(owners.get(&id).cloned().unwrap_or_default()).or_default().push(id);
        }
        for (name, several) in of_name.into_iter().filter(|(_, several)| several.len() > 1) {
            for (nth, id) in (1..).zip(several) {
                let longer =
                    if again { format!("{name}#{nth}") } else { format!("{}/{name}", vpc(id)) };
                owners.insert(id, longer);
            }
        }
    }
}

/// Returns an id without what separates names in a snapshot.
fn plain(id: &str) -> String {
    id.replace('@', "%40")
}
