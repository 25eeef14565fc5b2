/** The names below a folder, without hidden files. */
export interface NameTree {
  readonly folders: ReadonlyMap<string, NameTree>;
  readonly files: readonly string[];
}

/** Builds the tree of some paths with `/`. What systems put beside pictures on their own is left out. */
export function nameTree(files: readonly string[], folders: readonly string[]): NameTree {
  const top = new Folder();
  for (const path of folders) top.below(path.split('/'));
  for (const path of files) {
    const names = path.split('/');
    const name = names.pop() as string;
    const folder = top.below(names);
    if (!hidden(name)) folder?.files.push(name);
  }
  return top;
}

class Folder implements NameTree {
  readonly folders = new Map<string, Folder>();
  readonly files: string[] = [];

  /** null where a part of the path is hidden. */
  below(names: readonly string[]): Folder | null {
    let folder: Folder = this;
    for (const name of names) {
      if (hidden(name)) return null;
      let next = folder.folders.get(name);
      if (!next) {
        next = new Folder();
        folder.folders.set(name, next);
      }
      folder = next;
    }
    return folder;
  }
}

const hidden = (name: string): boolean =>
  name.startsWith('.') || /^(thumbs\.db|ehthumbs\.db|desktop\.ini)$/i.test(name);
