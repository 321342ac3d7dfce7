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
use virt::domain::Domain;
use virt::storage_vol::StorageVol;
use virt::sys;

use super::image::{self, FileId, Found};
use crate::connection::{Handles, open};
use crate::error::{Error, Result};
use crate::xml::summary::DiskSource;
use crate::xml::{self, DomainSummary};

/// The longest chain that libvirt itself takes.
const DEEPEST: usize = 200;

/// One image that somebody uses.
#[derive(Clone, Debug)]
struct Use {
    image: Image,
    /// By whom, for people: "the virtual machine “web”".
    user: String,
}

/// An image as it can be told from others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Image {
    path: String,
    file: Option<FileId>,
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
    /// [`Error::UseUnknown`] where something can't be looked into.
    pub(crate) fn make(handles: &Handles, except: &Except<'_>) -> Result<Self> {
        let mut survey = Self {
            local: open::is_local(&handles.canonical),
            volumes: HashMap::new(),
            uses: Vec::new(),
        };
        survey.read_pools(handles)?;
        survey.compare_views();
        let domains = handles
            .main
            .list_all_domains(0)
            .map_err(|error| unknown("the virtual machines", &error.into()))?;
        for domain in domains {
            survey.read_domain(handles, &domain, except)?;
        }
        survey.read_bases(except)?;
        Ok(survey)
    }

    /// Refuses an image that anybody uses.
    ///
    /// # Errors
    /// [`Error::VolumeInUse`]; [`Error::UseUnknown`] where it can't be looked for.
    pub(crate) fn refuse_used(&self, path: &str) -> Result<()> {
        let wanted = self.image(path);
        let in_use = |user: String, by_process| Error::VolumeInUse {
            volume: path.to_owned(),
            user,
            by_process,
        };
        let mut uses = self.uses.iter();
        if let Some(found) = uses.find(|one| self.same(&one.image, &wanted)) {
            return Err(in_use(found.user.clone(), false));
        }
        let Some(file) = wanted.file else {
            return Ok(());
        };
        match image::opened_by(file) {
            Ok(None) => Ok(()),
            Ok(Some(process)) => Err(in_use(process, true)),
            Err(why) => Err(Error::UseUnknown {
                what: path.to_owned(),
                why,
            }),
        }
    }

    fn image(&self, path: &str) -> Image {
        let file = match self.local.then(|| image::find(Path::new(path))) {
            Some(Found::File(id)) => Some(id),
            // Then it is told from others as on a host elsewhere.
            Some(Found::Nothing | Found::Unknown) | None => None,
        };
        Image {
            path: normal(path),
            file,
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
    fn read_pools(&mut self, handles: &Handles) -> Result<()> {
        let pools = match handles.main.list_all_storage_pools(0) {
            Ok(pools) => pools,
            Err(error) => {
                let error = libvirt_ext::Error::from(error);
                if error.is_unsupported() {
                    return Ok(());
                }
                return Err(unknown("the storage pools", &error));
            }
        };
        for pool in pools {
            let name = pool.name().unwrap_or_default();
            let what = format!("the storage pool “{name}”");
            let fail = |error: virt::error::Error| unknown(&what, &error.into());
            if !pool.is_active().map_err(fail)? {
                return Err(Error::UseUnknown {
                    what,
                    why: "it is not running".into(),
                });
            }
            pool.refresh(0).map_err(fail)?;
            for volume in pool.list_all_volumes(0).map_err(fail)? {
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

    fn read_volume(&mut self, volume: &StorageVol) -> Result<()> {
        // One that went since it was listed uses nothing.
        let gone = |error: libvirt_ext::Error| {
            if error.number() == Some(virt::error::ErrorNumber::NoStorageVolume) {
                Ok(())
            } else {
                let name = volume.name().unwrap_or_default();
                Err(unknown(&format!("the volume “{name}”"), &error))
            }
        };
        let (path, document) = match (volume.path(), volume.xml_desc(0)) {
            (Ok(path), Ok(document)) => (path, document),
            (Err(error), _) | (_, Err(error)) => return gone(error.into()),
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
    fn read_domain(&mut self, handles: &Handles, domain: &Domain, except: &Except) -> Result<()> {
        let what = format!(
            "the virtual machine “{}”",
            domain.name().unwrap_or_default()
        );
        if domain.uuid().is_ok_and(|uuid| Some(uuid) == except.guest) {
            return Ok(());
        }
        let documents = match documents_of(domain) {
            Ok(documents) => documents,
            Err(error) if error.is_no_domain() => return Ok(()),
            Err(error) => return Err(unknown(&what, &error)),
        };
        let summaries = documents.summaries().map_err(|error| Error::UseUnknown {
            what: what.clone(),
            why: error.to_string(),
        })?;
        for summary in &summaries {
            for (source, format) in summary.images() {
                if let Some(path) = path_of(handles, source, &what)? {
                    self.add_chain(&path, format, &what)?;
                }
            }
        }
        Ok(())
    }

    /// Adds an image and all that lies below it.
    fn add_chain(&mut self, path: &str, format: Option<&str>, user: &str) -> Result<()> {
        let mut next = vec![(path.to_owned(), format.map(str::to_owned), user.to_owned())];
        let mut steps = 0;
        while let Some((path, format, user)) = next.pop() {
            steps += 1;
            refuse_endless(steps, &path)?;
            let image = self.image(&path);
            if self.uses.iter().any(|one| one.image == image) {
                continue;
            }
            let base_of = format!("{user}, as a base of {path}");
            for below in self.look(&image, format.as_deref(), &user)?.below {
                // The format below stands in the header; QEMU itself looks where it does not.
                let format = self.format_of(&below);
                next.push((below, format, base_of.clone()));
            }
            self.uses.push(Use { image, user });
        }
        Ok(())
    }

    /// An image and all that lies below it, from the top.
    ///
    /// # Errors
    /// [`Error::UseUnknown`].
    pub(crate) fn chain(&self, path: &str, format: Option<&str>) -> Result<Vec<Link>> {
        let mut next = vec![(path.to_owned(), format.map(str::to_owned))];
        let mut links = Vec::new();
        while let Some((path, format)) = next.pop() {
            refuse_endless(links.len(), &path)?;
            let looked = self.look(
                &self.image(&path),
                format.as_deref(),
                "this virtual machine",
            )?;
            for below in looked.below {
                let format = self.format_of(&below);
                next.push((below, format));
            }
            links.push(Link {
                path,
                encrypted: looked.encrypted,
            });
        }
        Ok(links)
    }

    /// Whether two paths lead to one image, as far as can be told.
    pub(crate) fn are_same(&self, one: &str, other: &str) -> bool {
        self.same(&self.image(one), &self.image(other))
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

    fn format_of(&self, path: &str) -> Option<String> {
        let known = self.volumes.get(&normal(path));
        known
            .and_then(|volume| volume.format.clone())
            .or_else(|| Some("qcow2".to_owned()).filter(|_| image::is_qcow2(Path::new(path))))
    }

    /// Looks at one image: by its header where that can be read, else as libvirt has read it.
    fn look(&self, image: &Image, format: Option<&str>, user: &str) -> Result<Looked> {
        let why = if self.local {
            match image::header(Path::new(&image.path), format) {
                Ok(header) => {
                    let paths = header.below.iter();
                    return Ok(Looked {
                        below: paths.map(|it| it.to_string_lossy().into_owned()).collect(),
                        encrypted: Some(header.encrypted),
                    });
                }
                Err(why) => why,
            }
        } else {
            "it is in no storage pool".into()
        };
        match self.volumes.get(&image.path) {
            Some(volume) => Ok(Looked {
                below: volume.backing.iter().cloned().collect(),
                encrypted: Some(volume.encrypted),
            }),
            None if format.is_none_or(|format| format == "raw") => Ok(Looked {
                below: Vec::new(),
                encrypted: None,
            }),
            None => Err(Error::UseUnknown {
                what: format!("{} of {user}", image.path),
                why,
            }),
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
            let user = format!("the image {path}");
            for below in self
                .look(&volume.image, volume.format.as_deref(), &user)?
                .below
            {
                let format = self.format_of(&below);
                self.add_chain(&below, format.as_deref(), &format!("{user}, as its base"))?;
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
        own.any(|path| survey.same(&survey.image(path), image))
    }
}

/// What one look at an image told.
struct Looked {
    below: Vec<String>,
    encrypted: Option<bool>,
}

fn refuse_endless(steps: usize, path: &str) -> Result<()> {
    if steps <= DEEPEST {
        return Ok(());
    }
    Err(Error::UseUnknown {
        what: path.to_owned(),
        why: "its chain of images is too long".into(),
    })
}

/// All that libvirt keeps of a guest's definition.
pub(crate) struct Documents {
    pub plain: Vec<String>,
    pub snapshots: Vec<String>,
}

impl Documents {
    /// What they say.
    ///
    /// # Errors
    /// As [`DomainSummary::parse`].
    pub(crate) fn summaries(&self) -> std::result::Result<Vec<DomainSummary>, xml::XmlError> {
        let mut all = Vec::new();
        for document in &self.plain {
            all.push(DomainSummary::parse(document.as_bytes())?);
        }
        for document in &self.snapshots {
            all.extend(DomainSummary::all_within(
                document.as_bytes(),
                "domainsnapshot",
            )?);
        }
        Ok(all)
    }
}

/// Reads a guest's documents: as it is, as it starts next, and as its snapshots keep it.
pub(crate) fn documents_of(domain: &Domain) -> std::result::Result<Documents, libvirt_ext::Error> {
    let mut plain = vec![domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE)?];
    if domain.is_active()? {
        plain.push(domain.xml_desc(0)?);
    }
    let snapshots = match domain.list_all_snapshots(0) {
        Ok(snapshots) => snapshots
            .iter()
            .map(|snapshot| snapshot.xml_desc(0))
            .collect::<std::result::Result<_, _>>()?,
        Err(error) => {
            let error = libvirt_ext::Error::from(error);
            if !error.is_unsupported() {
                return Err(error);
            }
            Vec::new()
        }
    };
    Ok(Documents { plain, snapshots })
}

/// The path of an image that a document names; `None` for one that is no file of the host's.
pub(crate) fn path_of(
    handles: &Handles,
    source: &DiskSource,
    user: &str,
) -> Result<Option<String>> {
    match source {
        DiskSource::File(path) | DiskSource::Block(path) => Ok(Some(path.clone())),
        DiskSource::Volume { pool, volume } => {
            let found = handles
                .main
                .lookup_storage_pool_by_name(pool)
                .and_then(|pool| pool.lookup_storage_vol_by_name(volume))
                .and_then(|volume| volume.path());
            match found {
                Ok(path) => Ok(Some(path)),
                Err(error) => {
                    let error = libvirt_ext::Error::from(error);
                    // A disk that is not there is nobody's.
                    if error.number() == Some(virt::error::ErrorNumber::NoStorageVolume) {
                        return Ok(None);
                    }
                    let what = format!("the disk {volume} in the pool {pool} of {user}");
                    Err(unknown(&what, &error))
                }
            }
        }
        DiskSource::Directory(_) | DiskSource::Network { .. } | DiskSource::Other(_) => Ok(None),
    }
}

fn unknown(what: &str, error: &libvirt_ext::Error) -> Error {
    Error::UseUnknown {
        what: what.to_owned(),
        why: error.to_string(),
    }
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
                },
                user: "b".into(),
            }],
        };
        let used = |path| survey.refuse_used(path).is_err();
        assert!(used("/images/web.qcow2"));
        assert!(used("/alias//web.qcow2"));
        assert!(!used("/other/web.qcow2"));
    }
}
