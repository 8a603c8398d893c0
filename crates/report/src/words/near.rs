//! Near misses: rules that would have matched, and what differs.

use canreach_query::{Difference, NearMiss};

use super::{Words, and, decision::Told, rule::rule_name};

impl Words<'_> {
    /// Returns a rule that would have matched, and what differs.
    pub(crate) fn near_miss(self, near: &NearMiss) -> Told {
        let differs = differences(&near.differs);
        let owner = self.rule_list(near.rule.owner);
        let text = match self.find_rule(near.rule) {
            None => format!("{owner}: {differs}"),
            Some(rule) => format!(
                "{owner}, {}, says {}: {differs}",
                rule_name(near.rule, rule),
                self.rule_body(near.rule, rule)
            ),
        };
        Told::new(text, self.rule_source(near.rule))
    }
}

/// Returns what differs, as a sentence.
fn differences(differs: &[Difference]) -> String {
    match differs {
        [] => String::from("nothing differs"),
        [Difference::Direction] => String::from("it stands in the other direction"),
        [Difference::Group] => String::from("the other side is not a member"),
        [Difference::Priority] => String::from("it matches, but a rule before it decides"),
        [one] => format!("only the {} differs", field(*one)),
        several => format!("{} differ", list(several)),
    }
}

/// Returns the fields as a list: "direction, protocol and port".
fn list(differs: &[Difference]) -> String {
    let addresses = differs.iter().filter(|it| **it == Difference::Address).count();
    let mut fields: Vec<String> = differs.iter().map(|it| field(*it).to_owned()).collect();
    fields.dedup();
    for name in &mut fields {
        if addresses > 1 && name == field(Difference::Address) {
            *name = String::from("both addresses");
        }
    }
    and(&fields)
}

fn field(difference: Difference) -> &'static str {
    match difference {
        Difference::Direction => "direction",
        Difference::Protocol => "protocol",
        Difference::Port => "port",
        Difference::SourcePort => "source port",
        Difference::IcmpType => "ICMP type or code",
        Difference::Address => "address",
        Difference::Group => "group",
        Difference::Family => "address family",
        Difference::Priority => "priority",
    }
}

/// Returns what differs, as JSON spells it.
pub(crate) fn difference_code(difference: Difference) -> &'static str {
    match difference {
        Difference::Direction => "direction",
        Difference::Protocol => "protocol",
        Difference::Port => "port",
        Difference::SourcePort => "source-port",
        Difference::IcmpType => "icmp-type",
        Difference::Address => "address",
        Difference::Group => "group",
        Difference::Family => "family",
        Difference::Priority => "priority",
    }
}
