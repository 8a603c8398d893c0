//! Networks of AWS as its API describes them: the answers of `describe-*` and their kin, as text.
//!
//! The network must be one that AWS can express, such as those of [`crate::generate::aws`] make:
//! what AWS has no words for is not written. Where a network of the model says less than an answer
//! (which routes are propagated, what kind a target is of), the writer decides, in the same way each time.

mod answer;
mod balancers;
mod filters;
mod hosts;
mod places;
mod routes;
mod transit;

use std::collections::BTreeMap;

use canreach_model::{
    InstanceId, InterfaceId, InterfaceOwner, Meta, Network, PublicAddressId, PublicAddressTarget,
    VpcId,
};
use serde_json::{Value, json};

use self::answer::Answer;

/// The region of what names none.
pub const HOME: &str = "eu-west-1";

/// The account that owns everything.
const ACCOUNT: &str = "111122223333";

/// How answers about one object, which do not name it, tell whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A collector wraps them with the id of the object; one file holds those of all objects.
    Collected,
    /// As the AWS CLI prints them, one file for each object, with the id put beside the list.
    Printed,
}

/// Returns the files of a dump: their paths with what they say.
#[must_use]
pub fn dump(network: &Network, layout: Layout) -> BTreeMap<String, String> {
    let mut writer = Writer::new(network, layout);
    writer.places();
    writer.hosts();
    writer.filters();
    writer.routes();
    writer.transit();
    writer.balancers();
    writer.answers.into_iter().map(|(path, answer)| (path, answer.finish())).collect()
}

/// Answers under construction.
struct Writer<'n> {
    network: &'n Network,
    layout: Layout,
    /// By the path of their file.
    answers: BTreeMap<String, Answer>,
    /// The interfaces of each instance, by its position, the primary one first.
    interfaces: Vec<Vec<InterfaceId>>,
    /// What stands for addresses of an interface, by its position.
    publics: Vec<Vec<PublicAddressId>>,
}

impl<'n> Writer<'n> {
    fn new(network: &'n Network, layout: Layout) -> Self {
        let mut interfaces = vec![Vec::new(); network.instances.len()];
        for (id, interface) in network.interfaces.iter() {
            if let InterfaceOwner::Instance(owner) = interface.owner
                && let Some(own) = interfaces.get_mut(owner.index())
            {
                own.push(id);
            }
        }
        let mut publics = vec![Vec::new(); network.interfaces.len()];
        for (id, public) in network.public_addresses.iter() {
            if let Some(PublicAddressTarget::Interface { interface, .. }) = public.target
                && let Some(own) = publics.get_mut(interface.index())
            {
                own.push(id);
            }
        }
        Self { network, layout, answers: BTreeMap::new(), interfaces, publics }
    }
}

impl Writer<'_> {
    /// Adds an object to the answer that lists its kind, of a region.
    fn add(&mut self, region: &str, key: &str, object: &Value) {
        self.answer(region, key).add(object);
    }

    /// Returns the answer that lists a kind, which is written even if it stays empty.
    fn answer(&mut self, region: &str, key: &str) -> &mut Answer {
        self.answers.entry(path(region, key)).or_insert_with(|| Answer::new(key))
    }

    /// Returns the interfaces of an instance, the primary one first.
    fn interfaces_of(&self, instance: InstanceId) -> &[InterfaceId] {
        self.interfaces.get(instance.index()).map_or(&[], Vec::as_slice)
    }

    /// Returns what stands for addresses of an interface.
    fn publics_of(&self, interface: InterfaceId) -> &[PublicAddressId] {
        self.publics.get(interface.index()).map_or(&[], Vec::as_slice)
    }

    /// Adds the list about one object that its answer does not name.
    fn about(&mut self, region: &str, keys: &About, id: &str, list: &[Value]) {
        match self.layout {
            Layout::Collected => {
                let wrapped = json!({ keys.id: id, keys.list: list });
                self.add(region, keys.wrapper, &wrapped);
            }
            Layout::Printed => {
                let tail = id.rsplit(['/', ':']).next().unwrap_or(id);
                let name = format!("{}-{tail}", keys.wrapper);
                let about = json!({ keys.id: id, keys.list: list });
                self.answers.insert(path(region, &name), Answer::whole(&about));
            }
        }
    }

    fn region_of(&self, vpc: VpcId) -> String {
        region(&self.network.vpcs[vpc].meta)
    }
}

/// The keys of an answer about one object.
struct About {
    /// What a collector calls the file and its list.
    wrapper: &'static str,
    /// What names the object.
    id: &'static str,
    /// What the answer lists.
    list: &'static str,
}

fn path(region: &str, name: &str) -> String {
    format!("aws_configs/accounts/{ACCOUNT}/{region}/{name}.json")
}

fn region(meta: &Meta) -> String {
    meta.region.clone().unwrap_or_else(|| HOME.to_owned())
}

/// Returns the name that the account has for a zone, by the zone's id: `eu-west-1b` for `euw1-az2`.
fn zone_name(region: &str, zone: &str) -> String {
    let letter = match zone.rsplit("az").next() {
        Some("1") => "a",
        Some("2") => "b",
        Some(_) | None => "c",
    };
    format!("{region}{letter}")
}
