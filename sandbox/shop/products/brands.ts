/** Brands: those of the sandbox, and what calls add. */
import { type Brand, brandsOf } from '../generator/brands.ts';
import type { ShopWorld } from '../world.ts';

export class BrandBook {
  readonly #world: ShopWorld;
  readonly #brands: Brand[];

  constructor(world: ShopWorld) {
    this.#world = world;
    this.#brands = [...brandsOf(world.seed)];
  }

  list(): readonly Brand[] {
    return this.#brands;
  }

  find(id: string): Brand | null {
    return this.#brands.find((brand) => brand.id === id) ?? null;
  }

  add(name: string): Brand {
    const brand = { id: this.#world.newId(), name, authorised: false };
    this.#brands.push(brand);
    return brand;
  }
}
