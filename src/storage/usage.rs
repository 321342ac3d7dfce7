// SPDX-License-Identifier: GPL-3.0-or-later
//! Who uses an image: guests with all their chains, images that are based on it, processes.
//!
//! A [`Survey`] is made before a volume is deleted, and fails closed: a guest, a pool or an image
//! that can't be looked into may use anything. On this machine files are known by device and
//! inode, and chains are read from the images themselves. Elsewhere only libvirt can be asked,
//! which knows paths; there an image of another guest that lies in no running pool can't be
//! looked into, and two volumes of one name and size in two pools count as one. Not known anywhere
//! is an overlay that no guest names and that lies in no pool.
//!
//! All functions block.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::definitions::{documents_of, path_of, unknown};
use super::image::{self, FileId, Found};
use crate::driver::{Domain, Driver, PoolKinds, Volume as Known};
use crate::message::Message;
use crate::model::error::failure::{Failure, Reason};
use crate::model::error::{Error, Result, StorageError, storage};
use crate::xml;
use crate::xml::summary::DiskSource;

/// The longest chain that libvirt itself takes.
const DEEPEST: usize = 200;

/// One image that somebody uses.
#[derive(Clone, Debug)]
struct Use {
    image: Image,
    /// By whom, for people: "the virtual machine “web”".
    user: Message,
}

/// An image as it can be told from others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Image {
    path: String,
    file: Option<FileId>,
    /// It is a path of this machine that can't be followed from this account.
    hidden: bool,
}

/// A volume of a running pool.
#[derive(Clone, Debug)]
struct Volume {
    image: Image,
    capacity: u64,
    format: Option<String>,
    backing: Option<String>,
    encrypted: bool,
}

/// An image of a chain.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Its path.
    pub path: String,
    /// Whether it is encrypted; `None` where that can't be told.
    pub encrypted: Option<bool>,
}

/// What is used on a host, as it was when this was made.
#[derive(Debug)]
pub(crate) struct Survey {
    local: bool,
    volumes: HashMap<String, Volume>,
    uses: Vec<Use>,
}

impl Survey {
    /// Looks at everything on the host but the guests and volumes of `except`.
    ///
    /// # Errors
    /// [`Error::Storage`] where something can't be looked into.
    pub(crate) fn make(driver: &Driver, except: &Except<'_>) -> Result<Self> {
        let mut survey = Self {
            local: driver.site.is_local,
            volumes: HashMap::new(),
            uses: Vec::new(),
        };
        survey.read_pools(driver)?;
        survey.compare_views();
        let domains = driver
            .domains()
            .map_err(|failure| unknown(storage::GUESTS, &failure))?;
        for domain in domains {
            survey.read_domain(driver, &domain, except)?;
        }
        survey.read_bases(except)?;
        Ok(survey)
    }

    /// Refuses an image that anybody uses.
    ///
    /// # Errors
    /// [`Error::Storage`]; [`Error::Storage`] where it can't be looked for.
    pub(crate) fn refuse_used(&self, path: &str) -> Result<()> {
        let wanted = self.image(path);
        let in_use = |user: Message, by_process| {
            Error::Storage(StorageError::InUse {
                volume: path.to_owned(),
                user,
                by_process,
            })
        };
        let mut uses = self.uses.iter();
        if let Some(found) = uses.find(|one| self.same(&one.image, &wanted)) {
            return Err(in_use(found.user.clone(), false));
        }
        if wanted.hidden {
            return Err(hidden(storage::PATH.with("path", path)));
        }
        let Some(file) = wanted.file else {
            return Ok(());
        };
        match image::opened_by(Path::new(path), file) {
            Ok(None) => Ok(()),
            Ok(Some(process)) => Err(in_use(process, true)),
            Err(why) => Err(Error::Storage(StorageError::UseUnknown {
                what: storage::PATH.with("path", path),
                why,
            })),
        }
    }

    fn image(&self, path: &str) -> Image {
        // libvirt's paths of volumes elsewhere, as “pool/image”, are none of this machine.
        let found = (self.local && path.starts_with('/')).then(|| image::find(Path::new(path)));
        Image {
            path: normal(path),
            file: match found {
                Some(Found::File(id)) => Some(id),
                // Then it is told from others as on a host elsewhere.
                Some(Found::Nothing | Found::Unknown) | None => None,
            },
            hidden: found == Some(Found::Unknown),
        }
    }

    fn same(&self, one: &Image, other: &Image) -> bool {
        match (one.file, other.file) {
            (Some(one), Some(other)) => one == other,
            _ if one.path == other.path => true,
            // One folder may be two pools by two spellings, and only libvirt's figures tell.
            _ => self.look_alike(&one.path, &other.path),
        }
    }

    fn look_alike(&self, one: &str, other: &str) -> bool {
        let name = |path| Path::new(path).file_name();
        name(one) == name(other)
            && self
                .volumes
                .get(one)
                .zip(self.volumes.get(other))
                .is_some_and(|(one, other)| {
                    one.capacity == other.capacity
                        && (one.image.file.is_none() || other.image.file.is_none())
                })
    }

    /// Every volume of every pool, as it is now: files may have come since libvirt last looked.
    fn read_pools(&mut self, driver: &Driver) -> Result<()> {
        let pools = match driver.pools(PoolKinds::All) {
            Ok(pools) => pools,
            Err(failure) if failure.is_unsupported() => return Ok(()),
            Err(failure) => return Err(unknown(storage::POOLS, &failure)),
        };
        for pool in pools {
            let name = pool.name().unwrap_or_default();
            let what = storage::POOL.named(&name);
            let fail = |failure: Failure| unknown(&what, &failure);
            if !pool.is_active().map_err(fail)? {
                return Err(Error::Storage(StorageError::UseUnknown {
                    what,
                    why: storage::POOL_STOPPED.into(),
                }));
            }
            let document = pool.document().map_err(fail)?;
            let kind = xml::child_attribute(document.as_bytes(), &[], "type");
            // Files may have come since libvirt last looked. A pool of other things changes by
            // libvirt alone, and one whose look fails is stopped by it.
            if kind.is_none_or(|kind| matches!(&*kind, "dir" | "fs" | "netfs")) {
                pool.refresh().map_err(fail)?;
            }
            for volume in pool.volumes().map_err(fail)? {
                self.read_volume(&volume)?;
            }
        }
        Ok(())
    }

    /// A daemon in a container, or this program in one, sees other files under the same paths:
    /// then this machine is as little to be looked at as another one.
    fn compare_views(&mut self) {
        let unseen = |volume: &Volume| {
            volume.image.path.starts_with('/')
                && image::find(Path::new(&volume.image.path)) == Found::Nothing
        };
        if !self.local || !self.volumes.values().any(unseen) {
            return;
        }
        tracing::debug!("the hypervisor sees other files than this program");
        self.local = false;
        for volume in self.volumes.values_mut() {
            volume.image.file = None;
        }
    }

    fn read_volume(&mut self, volume: &Known) -> Result<()> {
        // One that went since it was listed uses nothing.
        let gone = |failure: Failure| {
            if failure.reason() == Reason::NoVolume {
                Ok(())
            } else {
                Err(unknown(storage::VOLUME.named(volume.name()), &failure))
            }
        };
        let (path, document) = match (volume.path(), volume.document()) {
            (Ok(path), Ok(document)) => (path, document),
            (Err(failure), _) | (_, Err(failure)) => return gone(failure),
        };
        let document = document.as_bytes();
        let image = self.image(&path);
        self.volumes.insert(
            image.path.clone(),
            Volume {
                image,
                capacity: xml::child_text(document, &["capacity"])
                    .and_then(|text| text.trim().parse().ok())
                    .unwrap_or_default(),
                format: xml::child_attribute(document, &["target", "format"], "type"),
                backing: xml::child_text(document, &["backingStore", "path"]),
                encrypted: xml::child_attribute(document, &["target", "encryption"], "format")
                    .is_some(),
            },
        );
        Ok(())
    }

    /// All that one guest uses: now, at its next start, and after a revert to a snapshot.
    fn read_domain(&mut self, driver: &Driver, domain: &Domain, except: &Except) -> Result<()> {
        let what = storage::GUEST.named(domain.name());
        if domain.uuid().is_ok_and(|uuid| Some(uuid) == except.guest) {
            return Ok(());
        }
        let documents = match documents_of(domain) {
            Ok(documents) => documents,
            Err(failure) if failure.is_no_guest() => return Ok(()),
            Err(failure) => return Err(unknown(&what, &failure)),
        };
        let summaries = documents.summaries().map_err(|_| {
            Error::Storage(StorageError::UseUnknown {
                what: what.clone(),
                why: storage::DEFINITION_SAYS.into(),
            })
        })?;
        for summary in &summaries {
            let only_read = summary.disks.iter().filter(|disk| !disk.holds_data());
            let only_read: Vec<_> = only_read.filter_map(|disk| disk.source.as_ref()).collect();
            for (source, format) in summary.images() {
                // Pools know an image on the network by its name there.
                if let DiskSource::Network { name, .. } = source {
                    let (image, user) = (self.image(name), what.clone());
                    self.uses.push(Use { image, user });
                }
                let Some(path) = path_of(driver, source, &what)? else {
                    continue;
                };
                // A CD's image in somebody's home would be in everybody's way.
                let image = self.image(&path);
                let known = self.volumes.contains_key(&image.path);
                if image.hidden && !known && !only_read.contains(&source) {
                    return Err(hidden(
                        storage::IMAGE_OF.with("path", &path).with("user", &what),
                    ));
                }
                self.add_chain(&path, format, &what)?;
            }
        }
        Ok(())
    }

    /// Adds an image and all that lies below it.
    fn add_chain(&mut self, path: &str, format: Option<&str>, user: &Message) -> Result<()> {
        let mut next = vec![(path.to_owned(), format.map(str::to_owned), user.clone())];
        let mut steps = 0;
        while let Some((path, format, user)) = next.pop() {
            steps += 1;
            refuse_endless(steps, &path)?;
            let image = self.image(&path);
            if self.uses.iter().any(|one| one.image == image) {
                continue;
            }
            let base_of = storage::BASE_OF.with("user", &user).with("path", &path);
            for (below, format) in self.look(&image, format.as_deref(), &user)?.below {
                next.push((below, format, base_of.clone()));
            }
            self.uses.push(Use { image, user });
        }
        Ok(())
    }

    /// An image and all that lies below it, from the top.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub(crate) fn chain(&self, path: &str, format: Option<&str>) -> Result<Vec<Link>> {
        let mut next = vec![(path.to_owned(), format.map(str::to_owned))];
        let mut links = Vec::new();
        while let Some((path, format)) = next.pop() {
            refuse_endless(links.len(), &path)?;
            let looked = self.look(
                &self.image(&path),
                format.as_deref(),
                &storage::THIS_GUEST.into(),
            )?;
            next.extend(looked.below);
            links.push(Link {
                path,
                encrypted: looked.encrypted,
            });
        }
        Ok(links)
    }

    /// Whether two paths lead to one image for certain. What only may be one image refuses a
    /// deletion, but excuses nothing.
    pub(crate) fn surely_same(&self, one: &str, other: &str) -> bool {
        let (one, other) = (self.image(one), self.image(other));
        match (one.file, other.file) {
            (Some(one), Some(other)) => one == other,
            _ => one.path == other.path,
        }
    }

    /// The path by which libvirt knows the volume at a path, whatever way leads there.
    pub(crate) fn volume_at(&self, path: &str) -> Option<&str> {
        let wanted = self.image(path);
        let known = self.volumes.get(&wanted.path).or_else(|| {
            self.volumes
                .values()
                .find(|volume| volume.image.file.is_some() && volume.image.file == wanted.file)
        });
        known.map(|volume| volume.image.path.as_str())
    }

    /// The format of an image below another that does not tell it: as QEMU finds it by looking.
    /// What can't be looked at is taken for one that may have images below, which is then refused.
    fn format_of(&self, path: &str) -> Option<String> {
        let known = self.volumes.get(&normal(path));
        known.and_then(|volume| volume.format.clone()).or_else(|| {
            let raw = self.local && matches!(image::is_qcow2(Path::new(path)), Ok(false));
            (!raw).then(|| "qcow2".to_owned())
        })
    }

    /// Looks at one image: by its header where that can be read, else as libvirt has read it.
    fn look(&self, image: &Image, format: Option<&str>, user: &Message) -> Result<Looked> {
        let known = self.volumes.get(&image.path);
        let with_formats = |paths: Vec<(String, Option<String>)>| {
            let told = |(path, format): (String, Option<String>)| {
                let format = format.or_else(|| self.format_of(&path));
                (path, format)
            };
            paths.into_iter().map(told).collect()
        };
        let why = if self.local {
            match image::header(Path::new(&image.path), format) {
                Ok(header) => {
                    let paths = header.below.into_iter();
                    let paths =
                        paths.map(|(it, format)| (it.to_string_lossy().into_owned(), format));
                    let by_libvirt = known.is_some_and(|volume| volume.encrypted);
                    return Ok(Looked {
                        below: with_formats(paths.collect()),
                        encrypted: if by_libvirt {
                            Some(true)
                        } else {
                            header.encrypted
                        },
                    });
                }
                Err(why) => why,
            }
        } else {
            storage::IN_NO_POOL.into()
        };
        match known {
            Some(volume) => Ok(Looked {
                below: with_formats(volume.backing.iter().map(|it| (it.clone(), None)).collect()),
                encrypted: Some(volume.encrypted),
            }),
            None if format.is_none_or(|format| format == "raw") => Ok(Looked {
                below: Vec::new(),
                encrypted: None,
            }),
            None => Err(Error::Storage(StorageError::UseUnknown {
                what: storage::IMAGE_OF
                    .with("path", &image.path)
                    .with("user", user),
                why,
            })),
        }
    }

    /// Images that no guest names may be based on others all the same.
    fn read_bases(&mut self, except: &Except) -> Result<()> {
        let volumes: Vec<Volume> = self.volumes.values().cloned().collect();
        for volume in volumes {
            let path = &volume.image.path;
            if volume.backing.is_none() || except.is_volume(self, &volume.image) {
                continue;
            }
            let user = storage::IMAGE.with("path", path);
            let looked = self.look(&volume.image, volume.format.as_deref(), &user)?;
            for (below, format) in looked.below {
                self.add_chain(
                    &below,
                    format.as_deref(),
                    &storage::BASE.with("user", &user),
                )?;
            }
        }
        Ok(())
    }
}

/// What does not count as a use: the guest that is to be deleted, and its own images.
#[derive(Debug, Default)]
pub(crate) struct Except<'a> {
    pub guest: Option<Uuid>,
    pub volumes: &'a [String],
}

impl Except<'_> {
    fn is_volume(&self, survey: &Survey, image: &Image) -> bool {
        let mut own = self.volumes.iter();
        own.any(|path| survey.surely_same(path, &image.path))
    }
}

/// What one look at an image told.
struct Looked {
    below: Vec<(String, Option<String>)>,
    encrypted: Option<bool>,
}

fn hidden(what: Message) -> Error {
    Error::Storage(StorageError::UseUnknown {
        what,
        why: storage::HIDDEN.into(),
    })
}

fn refuse_endless(steps: usize, path: &str) -> Result<()> {
    if steps <= DEEPEST {
        return Ok(());
    }
    Err(Error::Storage(StorageError::UseUnknown {
        what: storage::PATH.with("path", path),
        why: storage::ENDLESS.into(),
    }))
}

/// A path without doubled slashes and dots, so that two spellings that need no look are one.
fn normal(path: &str) -> String {
    let mut parts = PathBuf::new();
    for part in Path::new(path).components() {
        parts.push(part);
    }
    parts.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(path: &str, capacity: u64) -> (String, Volume) {
        let image = Image {
            path: path.to_owned(),
            file: None,
            hidden: false,
        };
        let volume = Volume {
            image,
            capacity,
            format: None,
            backing: None,
            encrypted: false,
        };
        (path.to_owned(), volume)
    }

    #[test]
    fn two_spellings_of_a_path_are_one() {
        assert_eq!(normal("/a//b/./c"), "/a/b/c");
        assert_eq!(normal("/a/b"), "/a/b");
    }

    #[test]
    fn elsewhere_a_name_and_a_size_in_two_pools_count_as_one() {
        let survey = Survey {
            local: false,
            volumes: HashMap::from([
                volume("/images/web.qcow2", 5),
                volume("/alias/web.qcow2", 5),
                volume("/other/web.qcow2", 6),
            ]),
            uses: vec![Use {
                image: Image {
                    path: "/alias/web.qcow2".into(),
                    file: None,
                    hidden: false,
                },
                user: storage::GUEST.named("b"),
            }],
        };
        let used = |path| survey.refuse_used(path).is_err();
        assert!(used("/images/web.qcow2"));
        assert!(used("/alias//web.qcow2"));
        assert!(!used("/other/web.qcow2"));
        // What only may be the same excuses nothing.
        assert!(!survey.surely_same("/images/web.qcow2", "/alias/web.qcow2"));
    }
}
