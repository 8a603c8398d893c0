//! Transit gateways that several answers describe.

use canreach_model::Meta;

use super::{
    super::records::transit::{TransitAttachment, TransitGateway, TransitTable},
    Record, fill,
};

impl Record for TransitGateway {
    const NOUN: &'static str = "transit gateway";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "state": self.stage == other.stage,
            "options": fill(&mut self.group_references, other.group_references),
        }
    }
}

/// One answer lists an attachment with its route table, another one with its subnets; and only the account of
/// the gateway sees the route table.
impl Record for TransitAttachment {
    const NOUN: &'static str = "transit gateway attachment";
    const ACROSS_REGIONS: bool = true;
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        self.tells_association |= other.tells_association;
        disagreements! {
            "gateway": self.gateway == other.gateway,
            "type": self.kind == other.kind,
            "resource": fill(&mut self.resource, other.resource),
            "state": self.stage == other.stage,
            "time of creation": fill(&mut self.created, other.created),
            "route table": fill(&mut self.association, other.association),
            "subnets and options": fill(&mut self.into_vpc, other.into_vpc),
        }
    }
}

impl Record for TransitTable {
    const NOUN: &'static str = "transit gateway route table";
    fn meta(&mut self) -> &mut Meta {
        &mut self.meta
    }
    fn fill(&mut self, other: Self) -> Vec<&'static str> {
        disagreements! {
            "gateway": self.gateway == other.gateway,
            "state": self.stage == other.stage,
        }
    }
}
