//! `canreach matrix`: zones by zones, what is open.

use std::collections::{BTreeMap, BTreeSet};

use canreach_model::{InterfaceId, InterfaceOwner, Network};
use canreach_query::Recorded;
use canreach_report::pairs::matrix;
use canreach_sets::End;

use super::{query::pretty, snapshot};
use crate::{
    args::{self, By, Format},
    exit::Exit,
    failure::Failure,
    model, output,
};

pub(crate) fn run(args: &args::Matrix) -> Result<Exit, Failure> {
    let network = model::load(&args.models)?;
    let recorded = snapshot::taken(&network)?;
    let zones = zones(&network, &recorded, &args.by);
    let of_network = recorded.sources.iter().chain(&recorded.destinations);
    let mut of_network = of_network.filter(|(_, end)| end.interface.is_some());
    if of_network.all(|(name, _)| zones.get(name).is_none_or(BTreeSet::is_empty)) {
        return Err(Failure::Unknown(nothing(&network, &args.by)));
    }
    let of = |member: &str| zones.get(member).cloned().unwrap_or_default();
    let (snapshot, by) = (&recorded.snapshot, words(&args.by));
    let table = canreach_snapshot::matrix(snapshot, of);
    output::print(&match args.format {
        Format::Text => matrix::text(snapshot, &table, &by),
        Format::Markdown => matrix::markdown(snapshot, &table, &by),
        Format::Json => pretty(&matrix::document(snapshot, &table, &by))?,
    })?;
    Ok(Exit::Done)
}

fn words(by: &By) -> String {
    match by {
        By::Subnet => "subnet".to_owned(),
        By::Vpc => "VPC".to_owned(),
        By::Group => "security group".to_owned(),
        By::Tag(key) => format!("tag `{key}`"),
    }
}

/// Why there are no zones, with what there is instead.
fn nothing(network: &Network, by: &By) -> String {
    let By::Tag(key) = by else { return format!("nothing has a {}", words(by)) };
    let instances = network.instances.iter().map(|(_, it)| &it.meta.tags);
    let interfaces = network.interfaces.iter().map(|(_, it)| &it.meta.tags);
    let keys: BTreeSet<&str> =
        instances.chain(interfaces).flat_map(|tags| tags.keys().map(String::as_str)).collect();
    let keys: Vec<&str> = keys.into_iter().collect();
    if keys.is_empty() {
        return format!("nothing has the tag `{key}`, nor any other");
    }
    format!("nothing has the tag `{key}`; there are {}", keys.join(", "))
}

/// Returns the zones of every end; machines beyond the network have one of their own.
fn zones(network: &Network, recorded: &Recorded, by: &By) -> BTreeMap<String, BTreeSet<String>> {
    let ends = recorded.sources.iter().chain(&recorded.destinations);
    ends.map(|(name, end)| (name.clone(), zones_of(network, name, end, by))).collect()
}

fn zones_of(network: &Network, name: &str, end: &End, by: &By) -> BTreeSet<String> {
    match end.interface {
        Some(id) => zones_of_interface(network, id, by),
        None => BTreeSet::from([canreach_snapshot::owner(name).to_owned()]),
    }
}

fn zones_of_interface(network: &Network, id: InterfaceId, by: &By) -> BTreeSet<String> {
    let interface = &network.interfaces[id];
    match by {
        By::Subnet => BTreeSet::from([network.subnets[interface.subnet].meta.label().to_owned()]),
        By::Vpc => BTreeSet::from([network.vpcs[network.vpc_of(id)].meta.label().to_owned()]),
        By::Group => {
            let groups = interface.security_groups.iter();
            groups.map(|id| network.security_groups[*id].meta.label().to_owned()).collect()
        }
        By::Tag(key) => {
            let of_instance = match interface.owner {
                InterfaceOwner::Instance(id) => network.instances[id].meta.tags.get(key),
                InterfaceOwner::NatGateway(_)
                | InterfaceOwner::LoadBalancer(_)
                | InterfaceOwner::Service
                | InterfaceOwner::Unmodelled(_)
                | InterfaceOwner::Gateway
                | InterfaceOwner::Detached => None,
            };
            let values = interface.meta.tags.get(key).into_iter().chain(of_instance);
            values.map(|value| format!("{key}={value}")).collect()
        }
    }
}
