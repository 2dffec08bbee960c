//! Registries that say a digest that is wrong, or is none.

use crate::reply::{DIGEST, INDEX, Reply, sha256, sha512};
use crate::row::Row;

const ZEROS: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fn saying(digest: &str) -> Reply {
    Reply::manifest().header(DIGEST, digest)
}

pub(crate) fn rows() -> Vec<Row> {
    [malformed(), unsaid(), wrong()].into_iter().flatten().collect()
}

/// Whatever is said goes into a file of people: it has to be a digest.
fn malformed() -> Vec<Row> {
    let rows = [
        Row::new("baddigest", |_, _| saying("garbage")),
        Row::new("injdigest", |_, _| saying(r#"sha256:abc" evil: true #"#)),
        Row::new("injdigestlong", |_, _| saying(&format!(r#"{}" evil: true #"#, sha256(INDEX)))),
        Row::new("injdigestquote", |_, _| saying(&format!("{}'", &ZEROS[..70]))),
        Row::new("folddigest", |_, _| saying(&format!("{}\r\n  evil: true", sha256(INDEX)))),
        Row::new("newlinedigest", |_, _| saying(&format!("{}\n evil: true", sha256(INDEX)))),
        Row::new("returndigest", |_, _| saying(&format!("{}\r evil: true", sha256(INDEX)))),
        Row::new("nuldigest", |_, _| saying(&format!("{}\0", sha256(INDEX)))),
        Row::new("escapedigest", |_, _| saying(&format!("sha256:\u{1b}[2J{}", "0".repeat(60)))),
        Row::new("md5digest", |_, _| saying("md5:d41d8cd98f00b204e9800998ecf8427e")),
        Row::new("upperdigest", |_, _| saying(&sha256(INDEX).to_uppercase().replace("SHA", "sha"))),
        Row::new("upperalgorithm", |_, _| saying(&ZEROS.to_uppercase())),
        Row::new("shortdigest", |_, _| saying(&ZEROS[..70])),
        Row::new("longdigest", |_, _| saying(&format!("{ZEROS}0"))),
        Row::new("barehexdigest", |_, _| saying(&ZEROS[7..])),
        Row::new("longlongdigest", |_, _| saying(&"sha256:".repeat(5_000))),
    ];
    // Not asked again in another way: a registry that says such things is not to be believed.
    let rows = rows.map(|row| row.fails(&["digest|header|http"]).requests(1..=3));
    let mut rows = Vec::from(rows);
    let latin = Row::new("latindigest", |_, _| saying(&format!("sha256:{}é", "0".repeat(62))));
    rows.push(latin.right_or_nothing().requests(1..=3));
    rows
}

fn unsaid() -> Vec<Row> {
    vec![
        Row::new("nodigest", |_, _| Reply::manifest().without(DIGEST)).requests(2..=2),
        Row::new("emptydigest", |_, _| saying("")).requests(2..=2),
        Row::new("sha512digest", |_, _| saying(&sha512(INDEX))).digest(&sha512(INDEX)),
    ]
}

fn wrong() -> Vec<Row> {
    let rows = vec![
        // Nobody can see this one from outside, but `--verify` does.
        Row::new("wrongdigest", |_, _| saying(ZEROS)).digest(ZEROS),
        Row::new("wrongdigestverified", |_, _| saying(ZEROS))
            .options(|options, _| options.verify = true)
            .fails(&["digest"])
            .requests(1..=2),
        Row::new("wrongdigestget", |request, _| match request.is_head() {
            true => Reply::manifest().without(DIGEST),
            false => saying(ZEROS),
        })
        .fails(&["digest"])
        .requests(2..=4),
        // One of them would be believed: which one, is chance.
        Row::new("twodigests", |_, _| saying(ZEROS).also(DIGEST, &sha256(INDEX)))
            .right_or_nothing()
            .requests(1..=2),
        Row::new("twodigestsother", |_, _| saying(&sha256(INDEX)).also(DIGEST, ZEROS))
            .right_or_nothing()
            .requests(1..=2),
        Row::new("headandgetdiffer", |request, _| match request.is_head() {
            true => saying(ZEROS),
            false => Reply::manifest(),
        })
        .options(|options, _| options.verify = true)
        .right_or_nothing()
        .requests(1..=2),
        Row::new("verified", |_, _| Reply::manifest())
            .options(|options, _| options.verify = true)
            .requests(1..=2),
        Row::new("verified512", |_, _| saying(&sha512(INDEX)))
            .options(|options, _| options.verify = true)
            .digest(&sha512(INDEX))
            .requests(1..=2),
        Row::new("verifiedunsaid", |_, _| Reply::manifest().without(DIGEST))
            .options(|options, _| options.verify = true)
            .requests(1..=2),
    ];
    rows.into_iter().chain(by_digest()).collect()
}

/// A digest is asked for, to see whether it is there: no other may come back.
fn by_digest() -> Vec<Row> {
    vec![
        Row::new("bydigest", |_, _| Reply::manifest()).version(&sha256(INDEX)),
        Row::new("bydigestunsaid", |_, _| Reply::manifest().without(DIGEST))
            .version(&sha256(INDEX))
            .requests(1..=2),
        Row::new("bydigestother", |_, _| saying(ZEROS))
            .version(&sha256(INDEX))
            .fails(&["digest"])
            .requests(1..=2),
        Row::new("bydigestotherbody", |_, _| Reply::manifest().without(DIGEST))
            .version(ZEROS)
            .fails(&["digest"])
            .requests(1..=4),
        Row::new("bydigestverified", |_, _| saying(ZEROS))
            .version(ZEROS)
            .options(|options, _| options.verify = true)
            .fails(&["digest"])
            .requests(1..=4),
    ]
}
