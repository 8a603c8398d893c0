//! Packet sets against brute force over packets of the universe.

use canreach_net::Header;
use canreach_sets::{Algebra, PacketSet, Product};
use proptest::{prelude::*, test_runner::Config};

use crate::universe::{can_be, headers, packet_set, packets};

fn of(product: &Product) -> PacketSet {
    PacketSet::product(&product.sources, &product.destinations, &product.flows)
}

proptest! {
    // A universe of packets is large.
    #![proptest_config(Config { cases: 48, ..Config::default() })]

    #[test]
    fn a_product_holds_what_its_fields_hold(headers in headers()) {
        let set = PacketSet::of(&headers);
        for packet in packets() {
            let held = headers.contains(&packet) && can_be(&packet);
            prop_assert_eq!(set.contains(&packet), held, "{}", packet);
        }
    }

    #[test]
    fn operations_agree_with_brute_force(a in packet_set(), b in packet_set()) {
        let (union, intersection) = (a.union(&b), a.intersection(&b));
        let (difference, complement) = (a.difference(&b), a.complement());
        for packet in packets() {
            let (in_a, in_b) = (a.contains(&packet), b.contains(&packet));
            prop_assert_eq!(union.contains(&packet), in_a || in_b);
            prop_assert_eq!(intersection.contains(&packet), in_a && in_b);
            prop_assert_eq!(difference.contains(&packet), in_a && !in_b);
            prop_assert_eq!(complement.contains(&packet), can_be(&packet) && !in_a);
        }
    }

    #[test]
    fn a_set_and_its_products_hold_the_same(a in packet_set()) {
        let products: Vec<Product> = a.products().collect();
        for packet in packets() {
            let within = |product: &&Product| {
                product.sources.contains(packet.source)
                    && product.destinations.contains(packet.destination)
                    && product.flows.contains(packet.transport)
            };
            let holding = products.iter().filter(within).count();
            prop_assert_eq!(holding, usize::from(a.contains(&packet)));
        }
    }
}

proptest! {
    #[test]
    fn products_make_up_the_set_and_none_overlap(a in packet_set()) {
        let products: Vec<PacketSet> = a.products().map(|product| of(&product)).collect();
        prop_assert_eq!(&PacketSet::union_of(products.clone()), &a);
        let mut before = PacketSet::empty();
        for product in products {
            prop_assert!(!product.is_empty());
            prop_assert!(product.is_disjoint(&before));
            before = before.union(&product);
        }
    }

    #[test]
    fn a_product_is_one_product_for_each_family(headers in headers()) {
        prop_assert!(PacketSet::of(&headers).products().count() <= 2);
    }

    #[test]
    fn different_sets_have_different_texts(a in packet_set(), b in packet_set()) {
        prop_assert_eq!(a.to_string() == b.to_string(), a == b);
        prop_assert!(!a.to_string().contains('\n'));
    }

    #[test]
    fn an_example_is_in_the_set_and_there_is_one_unless_it_is_empty(a in packet_set()) {
        let example: Option<Header> = a.example();
        prop_assert_eq!(example.is_none(), a.is_empty());
        if let Some(example) = example {
            prop_assert!(a.contains(&example));
        }
    }
}
