//! Plans with facts: what is asked, and what becomes of the answers. The world is a table here; the
//! real one is in `tests/registry`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use camino::Utf8Path;
use kubectl_promote::facts::{Answer, Facts, Failure, Question, Reason};
use kubectl_promote::overlay::Overlay;
use kubectl_promote::plan::{Plan, Request, Selection, Source, Verdict, plan};
use kubectl_promote::promotion::{DigestFrom, NewName, Pin, Promotion};
use kubectl_promote::tree::{Content, Tree};

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const OLD_COMMIT: &str = "fedcba9876543210fedcba9876543210fedcba98";

/// What the world says to a question, which is written as people write it.
type World<'w> = &'w [(&'w str, Result<&'w str, Reason>)];

/// What a run came to.
struct Outcome {
    plan: Plan,
    /// The questions of each round.
    asked: Vec<Vec<String>>,
}

impl Outcome {
    /// The text of the target afterwards; its own text when nothing is written.
    fn after(&self) -> Option<&str> {
        self.plan.files.first().map(|file| file.after.as_str())
    }

    fn words(&self) -> Vec<&'static str> {
        self.plan.changes.iter().map(|change| change.verdict.word()).collect()
    }

    fn refusals(&self) -> Vec<String> {
        self.plan.refusals().iter().map(|problem| problem.message.clone()).collect()
    }

    fn cautions(&self) -> String {
        let messages: Vec<_> =
            self.plan.cautions.iter().map(|caution| caution.message.as_str()).collect();
        messages.join("\n")
    }
}

fn name(question: &Question) -> String {
    match question {
        Question::Manifest(manifest) => manifest.to_string(),
        Question::Running(_, image) => format!("running {image}"),
        Question::Commit(wanted) => format!("{} {}", wanted.url, wanted.name),
    }
}

fn answer(world: World<'_>, question: &Question) -> Answer {
    let asked = name(question);
    let found = world.iter().find(|(known, _)| *known == asked);
    let (_, answer) = found.unwrap_or_else(|| panic!("nobody knows {asked}"));
    answer.map(str::to_owned).map_err(|reason| Failure {
        reason,
        message: format!("`{asked}` failed"),
        hint: None,
    })
}

/// Plans as a face does: in rounds, until nothing is open.
fn run(source: &str, target: &str, promotion: &Promotion, world: World<'_>) -> Outcome {
    let mut tree = Tree::default();
    for (dir, text) in [("source", source), ("target", target)] {
        let path = Utf8Path::new(dir).join("kustomization.yaml");
        tree.insert(path, Content::Bytes(text.as_bytes().to_vec()));
    }
    let selection = Selection::new(promotion).unwrap();
    let read = |dir: &str| Overlay::read(&tree, Utf8Path::new(dir), dir, None).unwrap();
    let source = Source::read(&read("source"), &selection).unwrap();
    let target = read("target");
    let (mut facts, mut asked) = (Facts::default(), Vec::new());
    loop {
        let request = Request { promotion, selection: &selection, facts: &facts };
        let plan = plan(&source, &target, &tree, request).unwrap();
        if plan.questions.is_empty() {
            return Outcome { plan, asked };
        }
        assert!(asked.len() < 3, "it never ends: {asked:?}");
        asked.push(plan.questions.iter().map(name).collect());
        facts.extend(plan.questions.into_iter().map(|question| {
            let answer = answer(world, &question);
            (question, answer)
        }));
    }
}

fn pins(pin: &[Pin]) -> Promotion {
    Promotion { pin: pin.to_vec(), ..Promotion::default() }
}

fn images(entries: &str) -> String {
    format!("images:\n{entries}")
}

#[test]
fn a_tag_gets_its_digest_beside_it_in_the_target() {
    let source = images("- name: acme/web\n  newTag: 1.5.0\n");
    for (target, wanted) in [
        (
            "- name: acme/web\n  newTag: 1.4.0 # web\n",
            format!("- name: acme/web\n  newTag: 1.5.0 # web\n  digest: {A}\n"),
        ),
        (
            "- {name: acme/web, newTag: \"1.4.0\"}\n",
            format!("- {{name: acme/web, newTag: \"1.5.0\", digest: \"{A}\"}}\n"),
        ),
        (
            "- name: acme/web\n  newTag: 1.4.0@sha256:x\n",
            format!("- name: acme/web\n  newTag: 1.5.0@{A}\n"),
        ),
        (
            "- name: acme/web\n  newName: acme/web:1.4.0\n",
            format!("- name: acme/web\n  newName: acme/web:1.5.0@{A}\n"),
        ),
        (
            "- name: acme/web\n  digest: sha256:x\n",
            format!("- name: acme/web\n  digest: {A}\n  newTag: 1.5.0\n"),
        ),
    ] {
        let world: World<'_> = &[("docker.io/acme/web:1.5.0", Ok(A))];
        let outcome = run(&source, &images(target), &pins(&[Pin::Images]), world);
        assert_eq!(outcome.after(), Some(images(&wanted).as_str()), "{target}");
        assert_eq!(outcome.asked, [["docker.io/acme/web:1.5.0"]]);
        assert_eq!(outcome.words(), ["promoted"]);
        // Twice is once.
        let again = run(&source, outcome.after().unwrap(), &pins(&[Pin::Images]), world);
        assert_eq!((again.after(), again.words()), (None, vec!["unchanged"]));
    }
}

#[test]
fn the_same_tag_is_pinned_where_it_stands() {
    let text = images("- name: acme/web\n  newTag: 1.5.0\n");
    let world: World<'_> = &[("docker.io/acme/web:1.5.0", Ok(A))];
    let outcome = run(&text, &text, &pins(&[Pin::Images]), world);
    assert_eq!(outcome.words(), ["pinned"]);
    assert_eq!(outcome.after().unwrap(), format!("{text}  digest: {A}\n"));
}

#[test]
fn a_new_entry_is_pinned_too() {
    let promotion = Promotion { add: true, ..pins(&[Pin::Images, Pin::Refs]) };
    let source = "images:\n- name: web\n  newName: r.io/web\n  newTag: v1\n- name: api\n  newName: r.io/api:v2\n\
                  resources:\n- https://github.com/acme/deploy//x?ref=v3\n";
    let world: World<'_> = &[
        ("r.io/web:v1", Ok(A)),
        ("r.io/api:v2", Ok(B)),
        ("https://github.com/acme/deploy v3", Ok(COMMIT)),
    ];
    let outcome = run(source, "resources: []\n", &promotion, world);
    assert_eq!(outcome.words(), ["added", "added", "added"]);
    let wanted = format!(
        "resources:\n- https://github.com/acme/deploy//x?ref={COMMIT} # v3\n\
         images:\n- name: web\n  newName: r.io/web\n  newTag: v1\n  digest: {A}\n\
         - name: api\n  newName: r.io/api:v2@{B}\n"
    );
    assert_eq!(outcome.after().unwrap(), wanted);
}

#[test]
fn what_was_found_there_may_not_be_missing_there() {
    let source = images("- name: web\n  newName: dev.io/acme/web\n  newTag: v2\n");
    let target = images("- name: web\n  newName: prod.io/mirror/web\n  newTag: v1\n");
    let world: World<'_> = &[("dev.io/acme/web:v2", Ok(A)), ("prod.io/mirror/web:v2", Ok(A))];
    let present = Promotion { require_present: true, ..Promotion::default() };
    for promotion in [pins(&[Pin::Images]), present] {
        let outcome = run(&source, &target, &promotion, world);
        assert_eq!((outcome.words(), outcome.cautions()), (vec!["promoted"], String::new()));
    }
    let unasked = run(&source, &target, &Promotion::default(), &[]);
    assert!(unasked.cautions().contains("the version may not exist there"));
}

#[test]
fn mirrors_have_to_agree() {
    let source = images("- name: web\n  newName: dev.io/web\n  newTag: v2\n");
    let target = images("- name: web\n  newName: prod.io/web\n  newTag: v1\n");
    let both = vec![vec!["dev.io/web:v2".to_owned(), "prod.io/web:v2".to_owned()]];
    let mirrors = |here, there| {
        let world = [("dev.io/web:v2", here), ("prod.io/web:v2", there)];
        run(&source, &target, &pins(&[Pin::Images]), &world)
    };

    let same = mirrors(Ok(A), Ok(A));
    assert_eq!((same.words(), &same.asked), (vec!["promoted"], &both));
    let wanted =
        format!("images:\n- name: web\n  newName: prod.io/web\n  newTag: v2\n  digest: {A}\n");
    assert_eq!(same.after().unwrap(), wanted);

    let other = mirrors(Ok(A), Ok(B));
    assert_eq!((other.words(), other.after()), (vec!["refused"], None));
    let wanted = format!("`v2` is two things: `{A}` in `dev.io/web`, but `{B}` in `prod.io/web`");
    assert_eq!(other.refusals(), [wanted]);
    assert_eq!(other.plan.refusals()[0].file.as_deref().unwrap(), "target/kustomization.yaml");

    let late = mirrors(Ok(A), Err(Reason::Absent));
    assert_eq!(late.refusals(), ["`prod.io/web:v2` is not there: it is not mirrored yet"]);
    let hint = late.plan.refusals()[0].hint.clone().unwrap();
    assert!(hint.contains("docker://dev.io/web:v2 docker://prod.io/web:v2"), "{hint}");

    let gone = mirrors(Err(Reason::Absent), Err(Reason::Absent));
    assert_eq!(gone.refusals(), ["`dev.io/web:v2` failed"]);
    assert_eq!(gone.plan.refusals()[0].file.as_deref().unwrap(), "source/kustomization.yaml");

    let down = mirrors(Ok(A), Err(Reason::Unknown));
    assert_eq!(down.refusals(), ["`prod.io/web:v2` failed"]);
    assert_eq!(down.plan.refusals()[0].file, None);
}

#[test]
fn a_copied_new_name_is_asked_for_where_it_leads() {
    let source = images("- name: web\n  newName: dev.io/web\n  newTag: v2\n");
    let target = images("- name: web\n  newName: prod.io/web\n  newTag: v1\n");
    let promotion = Promotion { new_name: NewName::Copy, ..pins(&[Pin::Images]) };
    let outcome = run(&source, &target, &promotion, &[("dev.io/web:v2", Ok(A))]);
    assert_eq!(outcome.asked, [["dev.io/web:v2"]]);
    assert!(outcome.after().unwrap().contains("newName: dev.io/web\n  newTag: v2\n  digest: "));
}

#[test]
fn a_digest_of_the_source_is_not_resolved_again() {
    let source = images(&format!("- name: r.io/web\n  newTag: v2\n  digest: {A}\n"));
    let target = images("- name: r.io/web\n  newTag: v1\n");
    let tag = "r.io/web:v2";
    let digest = format!("r.io/web@{A}");
    let wanted = images(&format!("- name: r.io/web\n  newTag: v2\n  digest: {A}\n"));
    let pinned = |world: World<'_>| run(&source, &target, &pins(&[Pin::Images]), world);

    let still = pinned(&[(tag, Ok(A))]);
    assert_eq!((still.asked.concat(), still.after()), (vec![tag.to_owned()], Some(&*wanted)));
    assert_eq!(still.cautions(), "");

    // The tag has moved: the source's digest is what goes, and has to be there.
    let moved = pinned(&[(tag, Ok(B)), (&digest, Ok(A))]);
    assert_eq!(moved.asked.concat(), [tag.to_owned(), digest.clone()]);
    assert_eq!(moved.after(), Some(&*wanted));
    let said = format!("`r.io/web`: `v2` has moved since it was pinned: it is `{B}` now");
    assert_eq!(moved.cautions(), said);

    let gone = pinned(&[(tag, Err(Reason::Absent)), (&digest, Ok(A))]);
    assert_eq!(gone.after(), Some(&*wanted));
    assert!(gone.cautions().contains("`v2` is gone from its repository"));

    let lost = pinned(&[(tag, Ok(B)), (&digest, Err(Reason::Absent))]);
    assert_eq!((lost.words(), lost.after()), (vec!["refused"], None));

    let silent = pinned(&[(tag, Err(Reason::Unknown)), (&digest, Ok(A))]);
    assert_eq!(silent.after(), Some(&*wanted));
    assert!(silent.cautions().contains("could not be told"));

    // Nothing to write: what the tag is now is worth a word, and no more.
    let same = run(&source, &wanted, &pins(&[Pin::Images]), &[(tag, Ok(B))]);
    assert_eq!((same.words(), same.asked.len()), (vec!["unchanged"], 1));
    assert!(same.cautions().contains("has moved"));

    // A check that the user asked for fails, also where nothing is to be written.
    let unfit = (Err(Reason::Unfit), Err(Reason::Unfit));
    let same = run(&source, &wanted, &pins(&[Pin::Images]), &[(tag, unfit.0), (&digest, unfit.1)]);
    assert_eq!(same.words(), ["refused"]);
}

#[test]
fn a_digest_has_to_be_in_the_targets_mirror() {
    let source = images(&format!("- name: web\n  newName: dev.io/web\n  digest: {A}\n"));
    let target = images("- name: web\n  newName: prod.io/web\n  newTag: v1\n");
    let there = format!("prod.io/web@{A}");
    for promotion in
        [pins(&[Pin::Images]), Promotion { require_present: true, ..Promotion::default() }]
    {
        let present = run(&source, &target, &promotion, &[(&there, Ok(A))]);
        assert_eq!(
            (present.words(), present.asked.concat()),
            (vec!["promoted"], vec![there.clone()])
        );
        let late = run(&source, &target, &promotion, &[(&there, Err(Reason::Absent))]);
        assert_eq!(late.refusals(), [format!("`{there}` is not there: it is not mirrored yet")]);
    }
}

#[test]
fn presence_alone_changes_no_value() {
    let source = images("- name: r.io/web\n  newTag: v2\n- name: r.io/api\n  newTag: v1\n");
    let target = images("- name: r.io/web\n  newTag: v1\n- name: r.io/api\n  newTag: v1\n");
    let promotion = Promotion { require_present: true, ..Promotion::default() };
    let present = run(&source, &target, &promotion, &[("r.io/web:v2", Ok(A))]);
    assert_eq!(present.words(), ["promoted", "unchanged"]);
    assert_eq!(present.after(), Some(source.as_str()));
    let absent = run(&source, &target, &promotion, &[("r.io/web:v2", Err(Reason::Absent))]);
    assert_eq!((absent.words(), absent.after()), (vec!["refused", "unchanged"], None));
}

#[test]
fn what_moved_under_the_target_is_said() {
    let source = images("- name: r.io/web\n  newTag: v1\n");
    let target = images(&format!("- name: r.io/web\n  newTag: v1\n  digest: {A}\n"));
    let outcome = run(&source, &target, &pins(&[Pin::Images]), &[("r.io/web:v1", Ok(B))]);
    assert_eq!(outcome.words(), ["promoted"]);
    let said = format!("`r.io/web`: `v1` has moved: the target was pinned to `{A}`");
    assert!(outcome.cautions().contains(&said), "{}", outcome.cautions());
}

#[test]
fn only_what_is_selected_and_promoted_is_asked_for() {
    let source = images(
        "- name: a\n  newTag: v2\n- name: b\n  newTag: v2\n- name: c\n  newTag: v1\n- name: d\n  newTag: v2\n- name: e\n",
    );
    let target = images(
        "- name: a\n  newTag: v1\n- name: b\n  newTag: v1\n- name: c\n  newTag: v2\n- name: e\n",
    );
    let promotion = Promotion { except: vec!["b".to_owned()], ..pins(&[Pin::Images]) };
    let outcome = run(&source, &target, &promotion, &[("docker.io/library/a:v2", Ok(A))]);
    assert_eq!(outcome.words(), ["promoted", "left", "held", "unchanged", "missing"]);
    assert!(outcome.cautions().contains("`e`: it names no version, so there is nothing to pin"));
    let nobody = run(&source, &target, &Promotion::default(), &[]);
    assert_eq!(nobody.asked, Vec::<Vec<String>>::new());
}

#[test]
fn what_is_no_image_is_refused_before_anybody_is_asked() {
    for (name, tag) in [("acme/Web", "v1"), ("r.io/web", "v1/../x"), ("r.io/w.*b", "v1")] {
        let source = images(&format!("- name: {name}\n  newTag: {tag}\n"));
        let target = images(&format!("- name: {name}\n  newTag: v0\n"));
        let outcome = run(&source, &target, &pins(&[Pin::Images]), &[]);
        assert_eq!(outcome.words(), ["refused"], "{name}");
        assert!(outcome.refusals()[0].starts_with(&format!("`{name}:{tag}` is no image: ")));
    }
}

#[test]
fn refs_become_commits_and_keep_their_names_as_comments() {
    let source = "resources:\n- https://github.com/acme/deploy//web?ref=v1.5.0\n";
    let https = "https://github.com/acme/deploy";
    for (entry, url, wanted) in [
        ("https://github.com/acme/deploy//web?ref=v1.4.0", https, "v1.5.0"),
        ("https://github.com/acme/deploy//web?ref=v1.4.0   # keep me", https, "keep me"),
        ("git@github.com:acme/deploy//web?ref=v1.4.0", "git@github.com:acme/deploy", "v1.5.0"),
        ("'https://github.com/acme/deploy//web?ref=v1.4.0'", https, "v1.5.0"),
        (&format!("https://github.com/acme/deploy//web?ref={OLD_COMMIT}"), https, "v1.5.0"),
        (
            &format!("https://github.com/acme/deploy//web?ref={OLD_COMMIT} # v1.4.0"),
            https,
            "v1.5.0",
        ),
        (&format!("https://github.com/acme/deploy//web?ref={OLD_COMMIT} # main"), https, "v1.5.0"),
        (
            &format!("https://github.com/acme/deploy//web?ref={OLD_COMMIT} # reviewed"),
            https,
            "reviewed",
        ),
    ] {
        let target = format!("resources:\n- {entry}\n");
        let question = format!("{url} v1.5.0");
        let world: World<'_> = &[(&question, Ok(COMMIT))];
        let outcome = run(source, &target, &pins(&[Pin::Refs]), world);
        assert_eq!(outcome.asked, [[question.as_str()]], "{entry}");
        let after = outcome.after().unwrap();
        let (url, comment) = after.lines().nth(1).unwrap().split_once(" # ").unwrap();
        assert!(url.contains(&format!("?ref={COMMIT}")), "{after}");
        assert_eq!(comment, wanted, "{entry}");
        assert_eq!(outcome.plan.changes[0].named.as_deref(), Some("v1.5.0"));
        let again = run(source, after, &pins(&[Pin::Refs]), world);
        assert_eq!((again.words(), again.after()), (vec!["unchanged"], None));
    }
}

#[test]
fn refs_that_cannot_be_pinned_are_said() {
    let text = |entry: &str| format!("resources:\n- {entry}\n");
    let git = |version: &str| text(&format!("https://github.com/acme/deploy//web?ref={version}"));
    let refs = pins(&[Pin::Refs]);

    let missing = run(
        &git("v9"),
        &git("v1"),
        &refs,
        &[("https://github.com/acme/deploy v9", Err(Reason::Absent))],
    );
    assert_eq!((missing.words(), missing.after()), (vec!["refused"], None));

    let commit = run(&git(COMMIT), &git("v1"), &refs, &[]);
    assert_eq!(commit.after(), Some(git(COMMIT).as_str()));

    let file = |version: &str| {
        text(&format!("https://raw.githubusercontent.com/acme/deploy/{version}/web.yaml"))
    };
    let file = run(&file("v2"), &file("v1"), &refs, &[]);
    assert_eq!(file.words(), ["promoted"]);
    assert!(file.cautions().contains("it is a file and no Git repository"));

    let images_only = run(&git("v2"), &git("v1"), &pins(&[Pin::Images]), &[]);
    assert_eq!(images_only.after(), Some(git("v2").as_str()));
}

#[test]
fn an_open_question_writes_nothing() {
    let mut tree = Tree::default();
    let text = images("- name: r.io/web\n  newTag: v1\n");
    tree.insert("a/kustomization.yaml".into(), Content::Bytes(text.into_bytes()));
    let promotion = pins(&[Pin::Images]);
    let selection = Selection::new(&promotion).unwrap();
    let overlay = Overlay::read(&tree, Utf8Path::new("a"), "a", None).unwrap();
    let source = Source::read(&overlay, &selection).unwrap();
    let facts = Facts::default();
    let request = Request { promotion: &promotion, selection: &selection, facts: &facts };
    let plan = plan(&source, &overlay, &tree, request).unwrap();
    assert_eq!(plan.changes[0].verdict, Verdict::Unresolved);
    assert!(plan.files.is_empty());
}

#[test]
fn pinned_refs_leave_registries_alone() {
    let entries = |tag: &str| {
        images(&format!("- name: acme/web\n  newTag: {tag}\n- name: .*/any\n  digest: {A}\n"))
    };
    let outcome = run(&entries("1.5.0"), &entries("1.4.0"), &pins(&[Pin::Refs]), &[]);
    assert_eq!(outcome.words(), ["promoted", "unchanged"]);
    assert_eq!(outcome.after(), Some(entries("1.5.0").as_str()));
    assert_eq!(outcome.asked, Vec::<Vec<String>>::new());
}

#[test]
fn a_name_behind_a_commit_is_of_that_commit() {
    let entry =
        |behind: &str| format!("resources:\n- https://github.com/acme/deploy//web?ref={behind}\n");
    let world: World<'_> = &[
        ("https://github.com/acme/deploy main", Ok(COMMIT)),
        ("https://github.com/acme/deploy feature/x", Ok(COMMIT)),
    ];
    // What the source says, what stands behind the target's commit, and what stands there then.
    for (source, before, after) in [
        ("main", " # v1.4.0", " # main"),
        ("feature/x", " # release-1.4", " # feature/x"),
        ("feature/x", " # feature/w", " # feature/x"),
        ("main", " # JIRA-17", " # JIRA-17"),
        ("main", " # reviewed", " # reviewed"),
        (&format!("{COMMIT} # v1.5.0"), " # v1.4.0", " # v1.5.0"),
        (&format!("{COMMIT} # main"), " # v1.4.0", " # main"),
        (&format!("{COMMIT} # v1.5.0"), " # keep me", " # keep me"),
        (&format!("{COMMIT} # reviewed"), " # v1.4.0", " # v1.4.0"),
        (&format!("{COMMIT} # v1.5.0"), "", ""),
    ] {
        let target = entry(&format!("{OLD_COMMIT}{before}"));
        let outcome = run(&entry(source), &target, &pins(&[Pin::Refs]), world);
        let wanted = entry(&format!("{COMMIT}{after}"));
        assert_eq!(outcome.after(), Some(wanted.as_str()), "{source}{before}");
        let plain = run(&entry(source), &target, &Promotion::default(), &[]);
        if source.starts_with(COMMIT) {
            assert_eq!(plain.after(), Some(wanted.as_str()), "{source}{before}");
        }
    }
    let target = entry(&format!("{OLD_COMMIT} # v1.4.0"));
    let loose = run(&entry("v1.5.0"), &target, &Promotion::default(), &[]);
    assert!(loose.cautions().contains("the comment behind it still says `v1.4.0`"));
    let added = Promotion { add: true, ..Promotion::default() };
    let added = run(&entry(&format!("{COMMIT} # v1.5.0")), "resources: [x]\n", &added, &[]);
    assert!(added.after().unwrap().contains(COMMIT), "{:?}", added.after());
    let added = Promotion { add: true, ..Promotion::default() };
    let added = run(&entry(&format!("{COMMIT} # v1.5.0")), "resources:\n- x\n", &added, &[]);
    assert!(added.after().unwrap().ends_with(&format!("?ref={COMMIT} # v1.5.0\n")));
}

#[test]
fn a_mirror_whose_name_is_no_host_is_refused_by_that_name() {
    let source = images("- name: web\n  newName: my_mirror.io/web\n  newTag: v1\n");
    let target = images("- name: web\n  newName: my_mirror.io/web\n  newTag: v0\n");
    let outcome = run(&source, &target, &pins(&[Pin::Images]), &[]);
    let wanted =
        "`my_mirror.io/web:v1` is in no registry that can be asked: `my_mirror.io` is no host";
    assert_eq!(outcome.refusals(), [wanted]);
}

#[test]
fn a_pinned_tag_that_moved_was_pinned_by_somebody() {
    let text = images(&format!("- name: r.io/web\n  newTag: v1\n  digest: {A}\n"));
    for (world, wanted) in [
        (Ok(B), format!("`v1` has moved since it was pinned: it is `{B}` now")),
        (Err(Reason::Absent), "`v1` is gone from its repository; the digest stays".to_owned()),
    ] {
        let outcome = run(&text, &text, &pins(&[Pin::Images]), &[("r.io/web:v1", world)]);
        assert_eq!((outcome.words(), outcome.after()), (vec!["unchanged"], None));
        assert_eq!(outcome.cautions(), format!("`r.io/web`: {wanted}"));
    }
}

fn as_it_runs() -> Promotion {
    Promotion { digest_from: DigestFrom::Running, ..pins(&[Pin::Images]) }
}

#[test]
fn what_runs_is_what_goes_on() {
    let source = images("- {name: r.io/web, newTag: v2}");
    let target = images("- name: r.io/web\n  newTag: v1\n");
    let wanted = images(&format!("- name: r.io/web\n  newTag: v2\n  digest: {A}\n"));
    for (tag, there, caution) in [
        (Ok(A), Err(Reason::Unknown), ""),
        (Ok(B), Ok(A), "`v2` has moved since it was rolled out: it is `sha256:bbbb"),
        (Err(Reason::Absent), Ok(A), "`v2` is gone from its repository; what runs is promoted"),
        (Err(Reason::Unreachable), Err(Reason::Unreachable), "could not be told"),
    ] {
        let by_digest = format!("r.io/web@{A}");
        let world = [("running r.io/web:v2", Ok(A)), ("r.io/web:v2", tag), (&by_digest, there)];
        let run = run(&source, &target, &as_it_runs(), &world);
        assert_eq!(run.after(), Some(wanted.as_str()), "{tag:?}: {:?}", run.refusals());
        assert!(run.cautions().contains(caution), "{tag:?}: {}", run.cautions());
        assert_eq!(run.cautions().is_empty(), caution.is_empty(), "{tag:?}: {}", run.cautions());
    }
}

#[test]
fn what_does_not_run_or_is_out_of_reach_is_refused() {
    let source = images("- {name: r.io/web, newTag: v2}");
    let mirrored = "- {name: r.io/web, newName: m.io/web, newTag: v1}";
    let by_digest = format!("r.io/web@{A}");
    let mirror = format!("m.io/web@{A}");
    for (target, world, wanted) in [
        (
            "- {name: r.io/web, newTag: v1}",
            vec![("running r.io/web:v2", Err(Reason::Absent))],
            "running r.io/web:v2",
        ),
        // Moved, and what runs was collected as garbage.
        (
            "- {name: r.io/web, newTag: v1}",
            vec![
                ("running r.io/web:v2", Ok(A)),
                ("r.io/web:v2", Ok(B)),
                (by_digest.as_str(), Err(Reason::Absent)),
            ],
            "r.io/web@sha256:aaaa",
        ),
        // The mirror has another one of that tag, or none at all.
        (
            mirrored,
            vec![
                ("running r.io/web:v2", Ok(A)),
                ("r.io/web:v2", Ok(A)),
                (mirror.as_str(), Err(Reason::Absent)),
            ],
            "it is not mirrored yet",
        ),
    ] {
        let run = run(&source, &images(target), &as_it_runs(), &world);
        assert_eq!((run.after(), run.words()), (None, vec!["refused"]));
        assert!(run.refusals()[0].contains(wanted), "{:?}", run.refusals());
    }
}

#[test]
fn a_digest_of_the_source_has_to_run() {
    let source = images(&format!("- {{name: r.io/web, newTag: v2, digest: '{A}'}}"));
    let target = images("- {name: r.io/web, newTag: v1}");
    let running = format!("running r.io/web@{A}");
    let there = format!("r.io/web@{A}");
    let world = [(running.as_str(), Ok(A)), ("r.io/web:v2", Ok(A)), (there.as_str(), Ok(A))];
    let found = run(&source, &target, &as_it_runs(), &world);
    assert!(found.after().unwrap().contains(A), "{:?}", found.refusals());
    let world = [(running.as_str(), Err(Reason::Absent))];
    assert_eq!(run(&source, &target, &as_it_runs(), &world).words(), ["refused"]);
}
