//! What there is, and what was there before: enough to list as of an earlier revision, and to watch.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::kinds::{self, Kind};

/// Namespace and name.
pub type Key = (String, String);
pub type Objects = BTreeMap<Key, Arc<Value>>;

/// What became of an object.
#[derive(Clone, Debug)]
pub struct Change {
    pub revision: u64,
    /// Which of [`Store::kinds`] it is of.
    pub kind: usize,
    pub key: Key,
    pub before: Option<Arc<Value>>,
    /// As it was last, with the revision of the change, where it is gone.
    pub after: Arc<Value>,
    pub gone: bool,
}

/// All objects.
#[derive(Debug)]
pub struct Store {
    pub kinds: Vec<Kind>,
    objects: Vec<Objects>,
    changes: Vec<Change>,
    revision: u64,
    /// Nothing before this revision can be had any more.
    oldest: u64,
    /// How far its clock is ahead of ours.
    skew: SignedDuration,
}

impl Store {
    /// One with the namespaces that every cluster has.
    pub fn new() -> Self {
        let kinds = kinds::native();
        let objects = vec![Objects::new(); kinds.len()];
        let (revision, skew) = (100, SignedDuration::ZERO);
        let mut store = Self { kinds, objects, changes: Vec::new(), revision, oldest: 1, skew };
        for name in ["default", "kube-system"] {
            let (kind, object) = ("Namespace", json!({"metadata": {"name": name}}));
            let object = json!({"apiVersion": "v1", "kind": kind, "metadata": object["metadata"]});
            store.place(object);
        }
        store
    }

    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn oldest(&self) -> u64 {
        self.oldest
    }

    /// Its own time.
    pub fn now(&self) -> Timestamp {
        Timestamp::now() + self.skew
    }

    /// As in metadata.
    pub fn timestamp(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// As in the header `Date`.
    pub fn date(&self) -> String {
        self.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    pub fn set_skew(&mut self, skew: SignedDuration) {
        self.skew = skew;
    }

    /// Forgets what was before: continue tokens and revisions of before are too old.
    pub fn expire(&mut self) {
        self.revision += 1;
        self.oldest = self.revision;
        self.changes.clear();
    }

    /// Which of the kinds a group calls so.
    pub fn find(&self, group: &str, version: &str, plural: &str) -> Option<usize> {
        let is = |kind: &Kind| {
            kind.group == group
                && kind.plural == plural
                && kind.versions.iter().any(|own| own == version)
        };
        self.kinds.iter().position(is)
    }

    pub fn get(&self, kind: usize, key: &Key) -> Option<Arc<Value>> {
        self.objects[kind].get(key).cloned()
    }

    /// All of a kind.
    pub fn all(&self, kind: usize) -> &Objects {
        &self.objects[kind]
    }

    /// All objects of a kind of Kubernetes, by its plural.
    pub fn native(&self, plural: &str) -> &Objects {
        let is = |kind: &Kind| kind.native && kind.plural == plural;
        &self.objects[self.kinds.iter().position(is).unwrap()]
    }

    /// All of a kind as they were at a revision.
    pub fn at(&self, kind: usize, revision: u64) -> Objects {
        let mut objects = self.objects[kind].clone();
        let later = self.changes.iter().rev().take_while(|change| change.revision > revision);
        for change in later.filter(|change| change.kind == kind) {
            match &change.before {
                Some(before) => objects.insert(change.key.clone(), Arc::clone(before)),
                None => objects.remove(&change.key),
            };
        }
        objects
    }

    /// What has changed since a revision, in its order.
    pub fn since(&self, kind: usize, revision: u64) -> Vec<Change> {
        let first = self.changes.partition_point(|change| change.revision <= revision);
        self.changes[first..].iter().filter(|change| change.kind == kind).cloned().collect()
    }

    /// Writes an object as it is.
    pub fn put(&mut self, kind: usize, key: &Key, object: Value) -> Arc<Value> {
        self.change(kind, key, object, false)
    }

    /// Takes an object away.
    pub fn remove(&mut self, kind: usize, key: &Key) {
        if let Some(last) = self.get(kind, key) {
            self.change(kind, key, (*last).clone(), true);
        }
    }

    fn change(&mut self, kind: usize, key: &Key, mut object: Value, gone: bool) -> Arc<Value> {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let after = Arc::new(object);
        let before = match gone {
            true => self.objects[kind].remove(key),
            false => self.objects[kind].insert(key.clone(), Arc::clone(&after)),
        };
        let (revision, key) = (self.revision, key.clone());
        self.changes.push(Change { revision, kind, key, before, after: Arc::clone(&after), gone });
        if !gone && self.kinds[kind].kind == "CustomResourceDefinition" {
            self.define(&Kind::custom(&after));
        }
        after
    }

    /// Adds a kind, or changes it.
    pub fn define(&mut self, kind: &Kind) {
        let same = |own: &Kind| own.group == kind.group && own.plural == kind.plural;
        match self.kinds.iter().position(same) {
            Some(known) => self.kinds[known] = kind.clone(),
            None => {
                self.kinds.push(kind.clone());
                self.objects.push(Objects::new());
            }
        }
    }

    /// Puts an object there with its status, past all rules; it says itself what and where it is.
    pub fn place(&mut self, mut object: Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let is = |own: &Kind| {
            let mut versions = own.versions.iter();
            own.kind == kind && versions.any(|version| own.api_version(version) == api_version)
        };
        let found = self.kinds.iter().position(is);
        let kind = found.unwrap_or_else(|| panic!("no kind {kind} in {api_version}"));
        let key = (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
        if object["status"].is_null() {
            self.kinds[kind].complete(&mut object);
        }
        self.christen(&mut object);
        self.put(kind, &key, object);
    }

    /// Gives an object what the server gives it, where it does not have that yet.
    pub fn christen(&self, object: &mut Value) {
        let next = self.revision + 1;
        let metadata = &mut object["metadata"];
        for (key, value) in [
            ("uid", format!("00000000-0000-4000-8000-{next:012x}").into()),
            ("creationTimestamp", self.timestamp().into()),
            ("generation", 1.into()),
        ] {
            if metadata[key].is_null() {
                metadata[key] = value;
            }
        }
    }
}
