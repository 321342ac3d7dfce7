// SPDX-License-Identifier: GPL-3.0-or-later
//! Summaries of documents with all that a summary reads.

use super::*;

const UUID: &str = "11111111-2222-3333-4444-555555555555";

const FULL: &str = r"<?xml version='1.0'?>
<domain type='kvm' id='7' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>R&amp;D &#x4e2d;<!-- comment -->文</name>
  <uuid>aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee</uuid>
  <title>The <![CDATA[<lab>]]></title>
  <metadata><x:name xmlns:x='u'>no</x:name><name>no</name></metadata>
  <maxMemory slots='2'>999</maxMemory>
  <memory unit='GiB'>2</memory>
  <currentMemory unit='MB'>1024</currentMemory>
  <vcpu placement='static' current='2'>4</vcpu>
  <memtune><hard_limit unit='MiB'>4096</hard_limit><soft_limit>1</soft_limit></memtune>
  <cputune><shares>2048</shares><period>1</period></cputune>
  <os>
    <nvram type='network'><source protocol='iscsi' name='n/1'>
      <auth username='u'><secret type='iscsi' usage='nvram-login'/></auth></source></nvram>
  </os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/images/a&amp;b.qcow2'>
        <encryption format='luks'><secret type='passphrase' uuid='11111111-2222-3333-4444-555555555555'/></encryption>
      </source>
      <backingStore type='file'>
        <format type='qcow2'/>
        <source file='/images/base.qcow2'>
          <encryption format='luks'><secret type='passphrase' usage='/images/base.qcow2'/></encryption>
        </source>
        <backingStore type='block'>
          <format type='raw'/>
          <source dev='/dev/sdb'/>
          <backingStore/>
        </backingStore>
      </backingStore>
      <mirror type='file' job='copy'>
        <format type='qcow2'/>
        <source file='/images/copy.qcow2'>
          <encryption format='luks'><secret type='passphrase' uuid='22222222-2222-3333-4444-555555555555'/></encryption>
        </source>
        <backingStore type='file'><format type='qcow2'/><source file='/images/deep.qcow2'>
          <encryption format='luks'><secret type='passphrase' usage='deep'/></encryption></source></backingStore>
      </mirror>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='network' device='disk'>
      <driver name='qemu' type='raw'/>
      <auth username='admin'><secret type='ceph' usage='ceph key'/></auth>
      <source protocol='rbd' name='pool/image'><host name='mon1'/></source>
      <target dev='vdb' bus='virtio'/>
      <encryption format='luks'><secret type='passphrase' usage='old place'/></encryption>
    </disk>
    <disk type='network' device='lun'>
      <source protocol='iscsi' name='iqn/2'>
        <auth username='u'><secret type='iscsi' uuid='33333333-2222-3333-4444-555555555555'/></auth>
      </source>
      <target dev='sda' bus='scsi'/>
    </disk>
    <disk type='volume' device='disk'>
      <source pool='default' volume='v.img'/>
      <target dev='vdc'/>
      <readonly/>
    </disk>
    <disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><model type='virtio'/></interface>
    <interface type='user'/>
    <graphics type='vnc' port='-1'/>
    <graphics type='spice'><listen type='none'/></graphics>
    <hostdev mode='subsystem' type='scsi'><source protocol='iscsi' name='iqn/3'>
      <auth username='u'><secret type='iscsi' usage='hostdev'/></auth></source></hostdev>
    <tpm model='tpm-crb'><backend type='emulator' version='2.0'>
      <encryption secret='44444444-2222-3333-4444-555555555555'/></backend></tpm>
  </devices>
  <qemu:commandline><qemu:arg value='-name'/></qemu:commandline>
</domain>
";

fn file(path: &str) -> DiskSource {
    DiskSource::File(path.to_owned())
}

#[test]
fn a_full_document_is_read() {
    let summary = DomainSummary::parse(FULL.as_bytes()).unwrap();
    assert_eq!(summary.kind, "kvm");
    assert_eq!(summary.id, Some(7));
    assert_eq!(summary.name, "R&D 中文");
    assert_eq!(summary.title.as_deref(), Some("The <lab>"));
    assert_eq!(
        summary.uuid.unwrap().to_string(),
        "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
    );
    assert_eq!(summary.memory_kib, 2 << 20);
    assert_eq!(summary.current_memory_kib, 1_000_000);
    assert_eq!((summary.vcpus, summary.vcpus_max), (2, 4));
    assert_eq!(summary.cpu_shares, Some(2048));
    assert_eq!(summary.memory_hard_limit, Some(MemoryLimit::KiB(4 << 20)));
    assert_eq!(summary.graphics, ["vnc", "spice"]);
    assert_eq!(summary.networks.len(), 2);
    assert_eq!(summary.networks[0].source.as_deref(), Some("default"));
    assert_eq!(
        summary.networks[0].mac.as_deref(),
        Some("52:54:00:00:00:01")
    );
    assert_eq!(summary.networks[1].kind, "user");
}

#[test]
fn disks_and_their_chains_are_read() {
    let disks = DomainSummary::parse(FULL.as_bytes()).unwrap().disks;
    let targets: Vec<_> = disks.iter().map(|disk| &*disk.target).collect();
    assert_eq!(targets, ["vda", "vdb", "sda", "vdc", "hda"]);
    assert_eq!(
        disks[0].source.as_ref().unwrap(),
        &file("/images/a&b.qcow2")
    );
    assert_eq!(disks[0].format.as_deref(), Some("qcow2"));
    assert_eq!(disks[0].bus.as_deref(), Some("virtio"));
    assert_eq!(disks[0].backing.len(), 2);
    assert_eq!(
        disks[0].backing[0].source.as_ref().unwrap(),
        &file("/images/base.qcow2")
    );
    assert!(disks[0].backing[0].encrypted);
    assert_eq!(
        disks[0].backing[1].source,
        Some(DiskSource::Block("/dev/sdb".into()))
    );
    assert!(!disks[0].backing[1].encrypted);
    assert_eq!(
        disks[1].source,
        Some(DiskSource::Network {
            protocol: "rbd".into(),
            name: "pool/image".into()
        })
    );
    assert_eq!(
        disks[3].source,
        Some(DiskSource::Volume {
            pool: "default".into(),
            volume: "v.img".into()
        })
    );
    assert_eq!(disks[4].source, None);
    let data: Vec<_> = disks.iter().map(DiskSummary::holds_data).collect();
    assert_eq!(data, [true, true, true, false, false]);
}

#[test]
fn every_secret_is_found_with_its_type_and_place() {
    let uuid = |first: char| {
        SecretName::Uuid(
            Uuid::parse_str(&UUID.replacen("11111111", &first.to_string().repeat(8), 1)).unwrap(),
        )
    };
    let usage = |name: &str| SecretName::Usage(name.to_owned());
    let expected = [
        (
            usage("nvram-login"),
            SecretUsageType::Iscsi,
            "firmware variables, login",
        ),
        (uuid('1'), SecretUsageType::Volume, "disk vda"),
        (
            usage("/images/base.qcow2"),
            SecretUsageType::Volume,
            "disk vda, backing image 1",
        ),
        (uuid('2'), SecretUsageType::Volume, "disk vda, mirror"),
        (
            usage("deep"),
            SecretUsageType::Volume,
            "disk vda, mirror, backing image 1",
        ),
        (usage("ceph key"), SecretUsageType::Ceph, "disk vdb, login"),
        (usage("old place"), SecretUsageType::Volume, "disk vdb"),
        (uuid('3'), SecretUsageType::Iscsi, "disk sda, login"),
        (
            usage("hostdev"),
            SecretUsageType::Iscsi,
            "host device 1, login",
        ),
        (uuid('4'), SecretUsageType::Vtpm, "TPM"),
    ];
    let secrets = DomainSummary::parse(FULL.as_bytes()).unwrap().secrets;
    let found: Vec<_> = secrets
        .iter()
        .map(|secret| (secret.by.clone(), secret.usage_type, &*secret.place))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn encryption_counts_only_disks_that_keep_data() {
    let summary = DomainSummary::parse(FULL.as_bytes()).unwrap();
    assert_eq!(summary.encrypted(), Encrypted::Some);
    let plain = "<disk type='file'><source file='p'/><target dev='vda'/></disk>";
    let luks =
        "<disk><source file='l'><encryption format='luks'/></source><target dev='vdb'/></disk>";
    let cdrom = "<disk device='cdrom'><source file='c'/><target dev='hda'/></disk>";
    let read_only = "<disk><source file='r'/><readonly/><target dev='vdc'/></disk>";
    let over = "<disk><source file='o'/><backingStore type='file'><source file='b'>\
                <encryption format='luks'/></source></backingStore><target dev='vdd'/></disk>";
    for (disks, expected) in [
        (String::new(), Encrypted::None),
        (format!("{cdrom}{read_only}"), Encrypted::None),
        (plain.to_owned(), Encrypted::None),
        (format!("{cdrom}{luks}{read_only}"), Encrypted::All),
        (format!("{luks}{plain}"), Encrypted::Some),
        (format!("{plain}{luks}"), Encrypted::Some),
        (format!("{luks}{luks}"), Encrypted::All),
        (format!("{luks}{over}"), Encrypted::Exposed),
        (
            over.replace("<source file='o'/>", "<source file='o'/><readonly/>"),
            Encrypted::None,
        ),
    ] {
        let xml = format!("<domain><devices>{disks}</devices></domain>");
        assert_eq!(
            DomainSummary::parse(xml.as_bytes()).unwrap().encrypted(),
            expected,
            "{disks}"
        );
    }
}

#[test]
fn a_snapshot_gives_both_its_domains() {
    let inner = FULL.split_once("?>").unwrap().1;
    let other = inner
        .replace("<domain ", "<inactiveDomain ")
        .replace("</domain>", "</inactiveDomain>");
    let snapshot = format!("<domainsnapshot><name>s</name>{inner}{other}</domainsnapshot>");
    let plain = DomainSummary::parse(FULL.as_bytes()).unwrap();
    let first = DomainSummary::parse_within(snapshot.as_bytes(), "domainsnapshot").unwrap();
    assert_eq!(first, plain);
    let all = DomainSummary::all_within(snapshot.as_bytes(), "domainsnapshot").unwrap();
    assert_eq!(all, [plain.clone(), plain]);
    assert!(matches!(
        DomainSummary::parse(snapshot.as_bytes()),
        Err(XmlError::WrongRoot { found, .. }) if found == "domainsnapshot"
    ));
    assert!(matches!(
        DomainSummary::parse_within(b"<domainsnapshot/>", "domainsnapshot"),
        Err(XmlError::WrongRoot { .. })
    ));
}

#[test]
fn defaults_are_libvirts() {
    let summary = DomainSummary::parse(b"<domain type='lxc'><memory>5</memory></domain>").unwrap();
    assert_eq!((summary.memory_kib, summary.current_memory_kib), (5, 5));
    assert_eq!((summary.vcpus, summary.vcpus_max), (1, 1));
    assert_eq!(summary.cpu_shares, None);
    let none =
        b"<domain><memtune><hard_limit>9007199254740991</hard_limit></memtune><cputune/></domain>";
    let summary = DomainSummary::parse(none).unwrap();
    assert_eq!(summary.memory_hard_limit, Some(MemoryLimit::Unlimited));
    let latin = b"<?xml version='1.0' encoding='latin1'?><domain><name>caf\xE9</name></domain>";
    assert_eq!(DomainSummary::parse(latin).unwrap().name, "caf\u{e9}");
}

#[test]
fn broken_documents_are_errors() {
    for cut in 0..FULL.len() - "\n</domain>\n".len() {
        if FULL.is_char_boundary(cut) {
            assert!(
                DomainSummary::parse(&FULL.as_bytes()[..cut]).is_err(),
                "cut at {cut}"
            );
        }
    }
    for (xml, value) in [
        ("<domain><memory unit='stones'>5</memory></domain>", "5"),
        ("<domain><uuid>nonsense</uuid></domain>", "nonsense"),
        ("<domain><vcpu>4.5</vcpu></domain>", "4.5"),
        (
            "<domain><devices><disk><auth><secret type='ftp'/></auth></disk></devices></domain>",
            "ftp",
        ),
    ] {
        let error = DomainSummary::parse(xml.as_bytes()).unwrap_err();
        assert!(
            matches!(&error, XmlError::Value { value: found, .. } if found == value),
            "{error}"
        );
    }
    let deep = format!(
        "<domain><devices><disk>{}{}</disk></devices></domain>",
        "<backingStore type='file'>".repeat(10_000),
        "</backingStore>".repeat(10_000)
    );
    assert!(matches!(
        DomainSummary::parse(deep.as_bytes()),
        Err(XmlError::TooDeep { .. })
    ));
    let aside = format!(
        "<domain>{}{}</domain>",
        "<a>".repeat(10_000),
        "</a>".repeat(10_000)
    );
    assert!(DomainSummary::parse(aside.as_bytes()).is_ok());
}

/// Ten thousand documents as lists meet them. The bound is for a release build; a debug build
/// is some ten times slower.
#[test]
fn ten_thousand_documents_take_a_blink() {
    let padding = "<controller type='usb' index='0' model='ich9'><address type='pci' domain='0x0000' bus='0x00'/></controller>\n";
    let document = FULL.replace("<interface type='user'/>", &padding.repeat(10));
    assert!(document.len() > 4000);
    let start = std::time::Instant::now();
    for _ in 0..10_000 {
        std::hint::black_box(DomainSummary::parse(document.as_bytes()).unwrap());
    }
    let took = start.elapsed();
    println!("10,000 documents of {} bytes: {took:?}", document.len());
    if !cfg!(debug_assertions) {
        assert!(took.as_secs_f64() < 0.6, "{took:?}");
    }
}
