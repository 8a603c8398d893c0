//! Sets of packets: transport headers, with source and destination address.
//!
//! Source address, then destination address, then transport header: runs of runs of flow sets, one for
//! each address family. Equal sets are equal values. A packet's two addresses are of one family, and
//! it carries the ICMP of that family only, so nothing else is in any of these sets.

use std::{collections::hash_map::Entry, fmt, hash::Hash};

use canreach_net::{AddressSet, Discrete, Family, Header, RangeSet, Transport};
use canreach_topology::HeaderSet;
use rustc_hash::FxHashMap;

use crate::{
    algebra::{Algebra, Runs},
    flow_set::FlowSet,
    text,
};

/// What passes between addresses of one family: by source, then by destination.
type Rows<K> = Runs<K, Runs<K, FlowSet>>;

/// A set of packets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PacketSet {
    // INVARIANT: no flow set holds ICMP of the other family.
    v4: Rows<u32>,
    v6: Rows<u128>,
}

/// The packets of one family from some addresses to some addresses, with one of some headers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Product {
    /// The source addresses.
    pub sources: AddressSet,
    /// The destination addresses.
    pub destinations: AddressSet,
    /// The transport headers.
    pub flows: FlowSet,
}

impl Algebra for PacketSet {
    fn empty() -> Self {
        Self { v4: Runs::empty(), v6: Runs::empty() }
    }

    fn full() -> Self {
        Self::product(&AddressSet::all(), &AddressSet::all(), &FlowSet::full())
    }

    fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    fn union(&self, other: &Self) -> Self {
        Self { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    fn intersection(&self, other: &Self) -> Self {
        Self { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    fn difference(&self, other: &Self) -> Self {
        Self { v4: self.v4.difference(&other.v4), v6: self.v6.difference(&other.v6) }
    }
}

impl PacketSet {
    /// Returns the packets from some addresses to some addresses, with one of some headers.
    #[must_use]
    pub fn product(sources: &AddressSet, destinations: &AddressSet, flows: &FlowSet) -> Self {
        Self {
            v4: rows(sources.v4(), destinations.v4(), flows, Family::V4),
            v6: rows(sources.v6(), destinations.v6(), flows, Family::V6),
        }
    }

    /// Returns the packets of a set of headers.
    #[must_use]
    pub fn of(headers: &HeaderSet) -> Self {
        Self::product(&headers.sources, &headers.destinations, &FlowSet::of(headers))
    }

    /// Whether the set holds a packet.
    #[must_use]
    pub fn contains(&self, header: &Header) -> bool {
        use std::net::IpAddr::{V4, V6};
        let flows = match (header.source, header.destination) {
            (V4(from), V4(to)) => self.v4.at(from.to_bits()).and_then(|row| row.at(to.to_bits())),
            (V6(from), V6(to)) => self.v6.at(from.to_bits()).and_then(|row| row.at(to.to_bits())),
            (V4(_), V6(_)) | (V6(_), V4(_)) => None,
        };
        flows.is_some_and(|flows| flows.contains(header.transport))
    }

    /// Returns the set in few products, of which no two hold the same packet, IPv4 first.
    ///
    /// Which ones is a function of the set. They are found by joining what differs in one field alone,
    /// so they need not be the fewest.
    pub fn products(&self) -> impl Iterator<Item = Product> + use<> {
        joined(products(&self.v4)).into_iter().chain(joined(products(&self.v6)))
    }

    /// Returns one packet of the set, the one a reader would like to see best.
    #[must_use]
    pub fn example(&self) -> Option<Header> {
        let mut examples = self.products().filter_map(|product| product.example()).peekable();
        let first = examples.peek().copied();
        let is_tcp = |header: &Header| matches!(header.transport, Transport::Tcp(_));
        examples.find(is_tcp).or(first)
    }
}

impl Product {
    /// Returns the address family of the packets.
    #[must_use]
    pub fn family(&self) -> Family {
        if self.sources.v4().is_empty() { Family::V6 } else { Family::V4 }
    }

    fn example(&self) -> Option<Header> {
        Some(Header {
            source: self.sources.first()?,
            destination: self.destinations.first()?,
            transport: self.flows.example()?,
        })
    }
}

/// Returns the packets of a family from some addresses to some, with what of the headers it carries.
fn rows<K: Discrete + Hash>(
    sources: &RangeSet<K>,
    destinations: &RangeSet<K>,
    flows: &FlowSet,
    family: Family,
) -> Rows<K> {
    if sources.is_empty() || destinations.is_empty() {
        return Runs::empty();
    }
    let flows = flows.intersection(&FlowSet::of_family(family));
    Runs::product(sources, &Runs::product(destinations, &flows))
}

/// Returns a product for each set of headers that stands in a row; equal rows are one.
fn products<K: Discrete + Hash>(rows: &Rows<K>) -> Vec<Product>
where
    AddressSet: From<RangeSet<K>>,
{
    let mut products = Vec::new();
    for (row, sources) in by_value(rows) {
        let sources = AddressSet::from(sources);
        let columns = by_value(row).into_iter().map(|(flows, destinations)| Product {
            sources: sources.clone(),
            destinations: destinations.into(),
            flows: flows.clone(),
        });
        products.extend(columns);
    }
    products
}

/// Returns each value of some runs with all its keys, in the order of their first keys.
fn by_value<K: Discrete + Hash, V: Algebra>(runs: &Runs<K, V>) -> Vec<(&V, RangeSet<K>)> {
    let mut groups: Vec<(&V, Vec<(K, K)>)> = Vec::new();
    let mut places: FxHashMap<&V, usize> = FxHashMap::default();
    for (first, last, value) in runs.iter() {
        let place = *places.entry(value).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, keys)) => keys.push((first, last)),
            None => groups.push((value, vec![(first, last)])),
        }
    }
    groups.into_iter().map(|(value, keys)| (value, keys.into_iter().collect())).collect()
}

/// Joins products that differ in one field alone, as long as there are any.
fn joined(mut products: Vec<Product>) -> Vec<Product> {
    loop {
        let before = products.len();
        products = gathered(
            products,
            |product| (product.destinations.clone(), product.flows.clone()),
            |into, other| into.sources = into.sources.union(&other.sources),
        );
        products = gathered(
            products,
            |product| (product.sources.clone(), product.flows.clone()),
            |into, other| into.destinations = into.destinations.union(&other.destinations),
        );
        products = gathered(
            products,
            |product| (product.sources.clone(), product.destinations.clone()),
            |into, other| into.flows = into.flows.union(&other.flows),
        );
        if products.len() == before {
            return products;
        }
    }
}

/// Joins products of equal keys, each where the first of them stood.
fn gathered<Key: Eq + Hash>(
    products: Vec<Product>,
    key: impl Fn(&Product) -> Key,
    join: impl Fn(&mut Product, &Product),
) -> Vec<Product> {
    let mut result: Vec<Product> = Vec::with_capacity(products.len());
    let mut places: FxHashMap<Key, usize> = FxHashMap::default();
    for product in products {
        match places.entry(key(&product)) {
            Entry::Occupied(place) => {
                if let Some(known) = result.get_mut(*place.get()) {
                    join(known, &product);
                }
            }
            Entry::Vacant(place) => {
                place.insert(result.len());
                result.push(product);
            }
        }
    }
    result
}

/// Prints `tcp 22,443; udp 53 from 10.0.0.0/16 to 10.0.2.5`.
impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses = |set: &AddressSet| {
            let ranges: Vec<String> = set.ranges().map(|range| range.to_string()).collect();
            ranges.join(",")
        };
        let flows = text::text_within(&self.flows, self.family());
        write!(f, "{flows} from {} to {}", addresses(&self.sources), addresses(&self.destinations))
    }
}

/// Prints the products, joined by `, and`; `all` and `none` for what they are.
impl fmt::Display for PacketSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        if *self == Self::full() {
            return f.write_str("all");
        }
        let products: Vec<String> = self.products().map(|product| product.to_string()).collect();
        f.write_str(&products.join(", and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> AddressSet {
        text.split(',').map(|range| range.parse::<canreach_net::AddressRange>().unwrap()).collect()
    }

    fn set(sources: &str, destinations: &str, flows: &str) -> PacketSet {
        let flows = flows.parse().unwrap();
        PacketSet::product(&addresses(sources), &addresses(destinations), &flows)
    }

    #[test]
    fn a_product_is_printed_as_it_was_given() {
        let one = set("10.0.0.0/16", "10.0.2.5", "tcp 22,443; udp 53");
        assert_eq!(one.to_string(), "tcp 22,443; udp 53 from 10.0.0.0/16 to 10.0.2.5");
        let two = one.union(&set("10.0.0.0/24,::/0", "2001:db8::1", "all but tcp 22"));
        assert_eq!(
            two.to_string(),
            "tcp 22,443; udp 53 from 10.0.0.0/16 to 10.0.2.5, and all but tcp 22 from ::/0 to 2001:db8::1"
        );
        assert_eq!(PacketSet::full().to_string(), "all");
        assert_eq!(PacketSet::empty().to_string(), "none");
        assert_eq!(set("::/0", "::/0", "all").to_string(), "all from ::/0 to ::/0");
    }

    #[test]
    fn a_family_carries_its_own_icmp_only() {
        assert!(set("::/0", "::/0", "icmp").is_empty());
        assert!(set("0.0.0.0/0", "0.0.0.0/0", "icmpv6").is_empty());
        assert!(set("0.0.0.0/0", "::/0", "all").is_empty());
    }

    #[test]
    fn what_was_cut_into_pieces_is_joined_again() {
        let whole = set("10.0.0.0/8", "10.0.0.0/8", "tcp 22");
        let hole = set("10.1.0.0/16", "10.2.0.0/16", "tcp 22");
        let pierced = whole.difference(&hole);
        assert_eq!(
            pierced.to_string(),
            "tcp 22 from 10.0.0.0/16,10.2.0.0-10.255.255.255 to 10.0.0.0/8, \
             and tcp 22 from 10.1.0.0/16 to 10.0.0.0/15,10.3.0.0-10.255.255.255"
        );
        assert_eq!(pierced.union(&hole), whole);
        assert_eq!(whole.difference(&set("::/0", "::/0", "all")).to_string(), whole.to_string());
    }

    #[test]
    fn the_example_is_one_of_the_set_and_tcp_where_there_is_any() {
        let set = set("10.0.0.1", "10.0.0.2", "gre").union(&set(
            "10.0.0.3",
            "10.0.0.4",
            "tcp 443 (source port 1024-65535)",
        ));
        let example = set.example().unwrap();
        assert!(set.contains(&example));
        assert_eq!(example.to_string(), "10.0.0.3:32768 -> 10.0.0.4:443 tcp");
        assert_eq!(PacketSet::empty().example(), None);
    }
}
