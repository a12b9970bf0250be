//! `NativeLibrary`: one copy of this library a process, whatever loads it.

use crate::arrays;
use crate::fault::wrong;
use crate::guard::guard_shallow;
use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass};
use std::ffi::c_void;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Class loaders that have loaded this copy of the library.
static LOADS: AtomicI32 = AtomicI32::new(0);

/// Locks that say that this process lives; held until it ends, however it ends.
static IN_USE: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A file in the library's folder that a living process has locked.
const LOCK: &str = "in-use";

/// A folder without a lock that is younger than this is one that is being made.
const BEING_MADE: Duration = Duration::from_secs(600);

/// Called by the JVM at each load, so once a class loader; the library itself is loaded and initialized once.
// SAFETY: the JVM looks for this name and calls it with this signature
#[unsafe(no_mangle)]
extern "system" fn JNI_OnLoad(_vm: *mut c_void, _reserved: *mut c_void) -> i32 {
    LOADS.fetch_add(1, Ordering::Relaxed);
    jni::sys::JNI_VERSION_1_8
}

// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_NativeLibrary_loads<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
) -> i32 {
    guard_shallow(env, |_| Ok(LOADS.load(Ordering::Relaxed)))
}

/// Locks the library's folder for as long as this process lives, and removes the folders beside it that processes left
/// behind which were killed.
// SAFETY: of Java's native methods only this one has this name
#[unsafe(no_mangle)]
extern "system" fn Java_io_wasmflink_component_NativeLibrary_keep<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    directory: JByteArray<'local>,
    prefix: JByteArray<'local>,
) {
    guard_shallow(env, |env| {
        let directory = String::from_utf8(arrays::bytes(env, &directory, "directory")?)
            .map_err(|_| wrong("the path of a folder is not UTF-8"))?;
        let prefix = arrays::bytes(env, &prefix, "prefix")?;
        let directory = Path::new(&directory);
        let kept = lock(directory).and_then(|()| sweep(directory, &prefix));
        kept.map_err(|e| {
            let folder = directory.display();
            wrong(format!(
                "{folder} cannot be locked ({e}); choose another place with -Djava.io.tmpdir"
            ))
        })
    });
}

/// Locks a folder until this process ends. It is locked before anyone can find the lock's file: a file that is not
/// locked says that its process has ended.
fn lock(folder: &Path) -> io::Result<()> {
    let new = folder.join("in-use.new");
    let lock = File::create(&new)?;
    lock.lock()?;
    fs::rename(&new, folder.join(LOCK))?;
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner).push(lock);
    Ok(())
}

/// Removes the folders whose name begins with `prefix`, that are ours, and that nobody has locked.
fn sweep(ours: &Path, prefix: &[u8]) -> io::Result<()> {
    let owner = fs::metadata(ours)?.uid();
    let Some(parent) = ours.parent() else { return Ok(()) };
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let folder = entry.path();
        if folder == ours || !entry.file_name().as_encoded_bytes().starts_with(prefix) {
            continue;
        }
        // what vanishes under our eyes is swept by another process
        let Ok(metadata) = fs::symlink_metadata(&folder) else { continue };
        if metadata.is_dir() && metadata.uid() == owner && is_left_behind(&folder, &metadata) {
            let _ = fs::remove_dir_all(&folder);
        }
    }
    Ok(())
}

fn is_left_behind(folder: &Path, metadata: &fs::Metadata) -> bool {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(_) => metadata
            .modified()
            .ok()
            .and_then(|time| time.elapsed().ok())
            .is_some_and(|age| age > BEING_MADE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    const PREFIX: &[u8] = b"library-";

    fn folder(parent: &Path, name: &str) -> std::path::PathBuf {
        let folder = parent.join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("library.so"), b"code").unwrap();
        folder
    }

    #[test]
    fn only_what_nobody_uses_is_swept() {
        let parent = tempfile::tempdir().unwrap();
        let ours = folder(parent.path(), "library-ours");
        let alive = folder(parent.path(), "library-alive");
        let dead = folder(parent.path(), "library-dead");
        let being_made = folder(parent.path(), "library-being-made");
        let abandoned = folder(parent.path(), "library-abandoned");
        let other = folder(parent.path(), "other");
        let target = folder(parent.path(), "target");
        let link = parent.path().join("library-link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        lock(&alive).unwrap();
        for ended in [&dead, &target] {
            File::create(ended.join(LOCK)).unwrap().lock().unwrap();
        }
        let long_ago = SystemTime::now() - 2 * BEING_MADE;
        File::open(&abandoned).unwrap().set_modified(long_ago).unwrap();

        sweep(&ours, PREFIX).unwrap();

        assert!(!dead.exists() && !abandoned.exists());
        for kept in [ours, alive, being_made, other, target, link] {
            assert!(kept.join("library.so").exists(), "{}", kept.display());
        }
    }
}
