import { systemTime, type Time } from '../../util/index.ts';
import { Chords } from './chords.ts';
import { Results } from './results.ts';

/** What one process keeps under a name: the results, the parts of chords, and by whom else it is extended, such as a broker's queues. */
export class MemoryStore {
  readonly name: string;
  readonly time: Time;
  readonly results: Results;
  readonly chords: Chords;

  constructor(name: string, time: Time) {
    this.name = name;
    this.time = time;
    this.results = new Results(time);
    this.chords = new Chords(time, (writes) => this.results.store(writes));
  }

  get url(): string {
    return `memory://${this.name}`;
  }
}

const stores = new Map<string, MemoryStore>();

/** The store that a URL such as `memory://name` means: the same for all of this process, for as long as it runs. */
export function memoryStore(url: string): MemoryStore {
  const name = url.replace(/^memory:(\/\/)?/i, '').replace(/\/$/, '');
  return stores.get(name) ?? addMemoryStore(name, systemTime);
}

/** Makes a store whose time is another than the machine's. It takes the place of one of that name. */
export function addMemoryStore(name: string, time: Time): MemoryStore {
  const store = new MemoryStore(name, time);
  stores.set(name, store);
  return store;
}

/** Forgets a store: who opens its name gets another one. */
export function dropMemoryStore(store: MemoryStore): void {
  if (stores.get(store.name) === store) stores.delete(store.name);
}
