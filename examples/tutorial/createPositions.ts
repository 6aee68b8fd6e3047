/**
 * 3. What the next tasks work on: five positions, each JSON under a name of its own. No task here, and no worker.
 *
 *    npx jiti examples/tutorial/createPositions.ts
 */
import { isProgram } from 'celeriac';
import { read, remove, write } from './store.ts';

/** So many units of something, bought at this price. */
export interface Position {
  readonly name: string;
  readonly size: number;
  readonly price: number;
}

export const positions: readonly Position[] = [0.99, 0.91, 0.85, 0.96, 0.79].map(
  (price, index) => ({ name: `pos_${index + 1}`, size: 100, price }),
);

export async function createPositions(): Promise<void> {
  for (const position of positions) await write(position.name, JSON.stringify(position));
}

/** @returns null if there is no such position. */
export async function findPosition(name: string): Promise<Position | null> {
  const text = await read(name);
  return text === null ? null : (JSON.parse(text) as Position);
}

/** @throws if there is no such position. */
export async function getPosition(name: string): Promise<Position> {
  const position = await findPosition(name);
  if (!position) throw new Error(`there is no position '${name}'`);
  return position;
}

export async function removePosition(name: string): Promise<void> {
  await remove(name);
}

if (isProgram(import.meta.url)) {
  await createPositions();
  for (const { name } of positions) {
    const { size, price } = await getPosition(name);
    console.log(`${name} = ${size} at ${price}`);
  }
}
