//! The requirements of ASVS 5.0.0 in the chapters that concern this service, each with its level.

use std::collections::BTreeMap;
use std::fmt;

/// Chapter, section, and the levels of its requirements one after the other.
const SECTIONS: [(u8, u8, &str); 50] = [
    (1, 1, "22"),
    (1, 2, "1111122223"),
    (1, 3, "112222222223"),
    (1, 4, "222"),
    (1, 5, "123"),
    (2, 1, "122"),
    (2, 2, "112"),
    (2, 3, "12223"),
    (2, 4, "23"),
    (4, 1, "12233"),
    (4, 2, "23333"),
    (4, 3, "22"),
    (4, 4, "1222"),
    (6, 1, "122"),
    (6, 2, "111111112222"),
    (6, 3, "11223333"),
    (6, 4, "112233"),
    (6, 5, "22222333"),
    (6, 6, "2223"),
    (6, 7, "33"),
    (6, 8, "2222"),
    (7, 1, "222"),
    (7, 2, "1111"),
    (7, 3, "22"),
    (7, 4, "11222"),
    (7, 5, "223"),
    (7, 6, "22"),
    (8, 1, "1233"),
    (8, 2, "1123"),
    (8, 3, "133"),
    (8, 4, "23"),
    (11, 1, "2233"),
    (11, 2, "22233"),
    (11, 3, "11233"),
    (11, 4, "1222"),
    (11, 5, "23"),
    (11, 6, "23"),
    (11, 7, "33"),
    (13, 1, "2333"),
    (13, 2, "222223"),
    (13, 3, "2233"),
    (13, 4, "1222233"),
    (14, 1, "22"),
    (14, 2, "12223333"),
    (14, 3, "122"),
    (16, 1, "2"),
    (16, 2, "22222"),
    (16, 3, "2222"),
    (16, 4, "222"),
    (16, 5, "2223"),
];

/// The number of a requirement, as 6.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Requirement(pub(super) u8, u8, u8);

impl Requirement {
    pub(super) fn parse(text: &str) -> Self {
        let numbers: Vec<u8> = text.split('.').filter_map(|number| number.parse().ok()).collect();
        let [chapter, section, number] = numbers[..] else { panic!("{text} is no requirement") };
        Self(chapter, section, number)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// All of them with their levels.
pub(super) fn requirements() -> BTreeMap<Requirement, u8> {
    let of_section = |(chapter, section, levels): (u8, u8, &str)| {
        let numbered = (1..).zip(levels.bytes());
        numbered.map(move |(number, level)| (Requirement(chapter, section, number), level - b'0')).collect::<Vec<_>>()
    };
    SECTIONS.into_iter().flat_map(of_section).collect()
}
