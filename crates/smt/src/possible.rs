//! Which headers a filter can see at all, so that rules about others need not be encoded.

use canreach_model::Translator;
use canreach_net::{AddressSet, Icmp, PortSet, RangeSet};
use canreach_topology::{AddressView, HeaderSet, HeaderView, IcmpView, PortView};

/// Returns a product of field sets that holds every header which a header of `headers` can look like
/// through `view`.
///
/// It may hold more, since fields that depend on each other are taken apart.
pub(crate) fn through(
    view: &HeaderView,
    headers: &HeaderSet,
    chosen: impl Fn(Translator) -> PortSet,
) -> HeaderSet {
    let address = |view| match view {
        AddressView::Source => headers.sources.clone(),
        AddressView::Destination => headers.destinations.clone(),
        AddressView::Fixed(address) => AddressSet::from(address),
    };
    let (icmp_types, icmp_codes) = match view.icmp {
        IcmpView::Original => (headers.icmp_types.clone(), headers.icmp_codes.clone()),
        IcmpView::Answer => (answers(&headers.icmp_types), RangeSet::single(0)),
    };
    HeaderSet {
        sources: address(view.source),
        destinations: address(view.destination),
        protocols: headers.protocols.clone(),
        source_ports: port(view.source_port, headers, &chosen),
        destination_ports: port(view.destination_port, headers, &chosen),
        icmp_types,
        icmp_codes,
    }
}

/// Returns every port that a port of `headers` can look like through `view`.
pub(crate) fn port(
    view: PortView,
    headers: &HeaderSet,
    chosen: impl Fn(Translator) -> PortSet,
) -> PortSet {
    match view {
        PortView::Source => headers.source_ports.clone(),
        PortView::Destination { shift } => shifted(&headers.destination_ports, shift),
        PortView::Fixed(port) => PortSet::single(port),
        PortView::Chosen(translator) => chosen(translator),
    }
}

/// Returns the ports of `set`, each plus `shift`; sums that are no ports are left out, as the guard of
/// a walk leaves them out.
pub(crate) fn shifted(set: &PortSet, shift: i32) -> PortSet {
    let clip = |port: i32| u16::try_from(port.clamp(0, u16::MAX.into())).unwrap_or_default();
    let move_range = |(first, last): (u16, u16)| {
        let (first, last) = (i32::from(first) + shift, i32::from(last) + shift);
        (last >= 0 && first <= i32::from(u16::MAX)).then(|| (clip(first), clip(last)))
    };
    set.ranges().filter_map(move_range).collect()
}

/// Returns the types that answer requests of `types`, in either family.
fn answers(types: &RangeSet<u8>) -> RangeSet<u8> {
    let pairs = Icmp::REPLIES_V4.into_iter().chain(Icmp::REPLIES_V6);
    let answered = pairs.filter(|(request, _)| types.contains(*request));
    answered.map(|(_, reply)| (reply, reply)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifting_keeps_to_ports() {
        let set = PortSet::range(80, 90);
        assert_eq!(shifted(&set, 8000), PortSet::range(8080, 8090));
        assert_eq!(shifted(&set, -85), PortSet::range(0, 5));
        assert_eq!(shifted(&set, -100), PortSet::EMPTY);
        assert_eq!(shifted(&PortSet::range(65530, 65535), 3), PortSet::range(65533, 65535));
    }
}
