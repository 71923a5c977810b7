/** The tree of categories, with the attributes and rules of its leaves. Only leaves can be listed in. */

export type CategoryVersion = 'v1' | 'v2';

export interface Category {
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  readonly isLeaf: boolean;
  readonly version: CategoryVersion;
}

export interface CategoryAttribute {
  readonly id: string;
  readonly name: string;
  readonly type: 'SALES_PROPERTY' | 'PRODUCT_PROPERTY';
  readonly required: boolean;
  readonly customizable: boolean;
  readonly values: readonly { readonly id: string; readonly name: string }[];
}

/** Root, group, leaves. Ids stay apart by a thousand for what lies below. */
const tree: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['600001', 'Home Supplies', 'Home Decor', ['Lamps', 'Rugs', 'Clocks']],
  ['610001', 'Kitchenware', 'Cookware', ['Pots', 'Pans', 'Kettles']],
  ['620001', 'Beauty', 'Skincare', ['Serums', 'Sunscreen', 'Masks']],
  ['630001', 'Sports & Outdoor', 'Camping', ['Tents', 'Sleeping Bags', 'Stoves']],
  ['640001', 'Food & Beverages', 'Drinks', ['Tea', 'Coffee', 'Juices']],
];

/** Shops in the United States use the deeper tree. */
export const categoryVersionOf = (region: string): CategoryVersion =>
  region === 'US' ? 'v2' : 'v1';

const v1 = tree.flatMap(([rootId, root, group, leaves]) => {
  const groupId = String(Number(rootId) + 1000);
  const at = (id: string, parentId: string, name: string, isLeaf: boolean): Category => ({
    ...{ id, parentId, name, isLeaf },
    version: 'v1',
  });
  return [
    at(rootId, '0', root, false),
    at(groupId, rootId, group, false),
    ...leaves.map((leaf, index) => at(String(Number(groupId) + 1 + index), groupId, leaf, true)),
  ];
});

/** The same things under other ids, with four more levels between group and leaf. */
const v2 = v1.flatMap((category): readonly Category[] => {
  const shifted = (id: string, step = 0): string =>
    id === '0' ? id : String(Number(id) + 300_000 + step * 100);
  if (!category.isLeaf) {
    return [
      {
        ...category,
        id: shifted(category.id),
        parentId: shifted(category.parentId),
        version: 'v2',
      },
    ];
  }
  const levels = ['By Room', 'By Style', 'By Material', 'General'];
  return [...levels, category.name].map((name, index) => ({
    id: shifted(category.id, index),
    parentId: index === 0 ? shifted(category.parentId) : shifted(category.id, index - 1),
    name,
    isLeaf: index === levels.length,
    version: 'v2',
  }));
});

export const categories: readonly Category[] = [...v1, ...v2];

const byId = new Map(categories.map((category) => [category.id, category]));

export const categoryOf = (id: string): Category | null => byId.get(id) ?? null;

export const leavesOf = (version: CategoryVersion): readonly Category[] =>
  categories.filter((category) => category.isLeaf && category.version === version);

/** From the root down to the category. */
export function categoryChain(id: string): readonly Category[] {
  const category = byId.get(id);
  return category ? [...categoryChain(category.parentId), category] : [];
}

const valuesOf = (base: number, names: readonly string[]) =>
  names.map((name, index) => ({ id: String(base + index), name }));

export const colour: CategoryAttribute = {
  id: '100000',
  name: 'Color',
  type: 'SALES_PROPERTY',
  required: false,
  customizable: true,
  values: valuesOf(1_000_001, ['Natural', 'Black', 'White', 'Green', 'Blue']),
};

export const size: CategoryAttribute = {
  id: '100007',
  name: 'Size',
  type: 'SALES_PROPERTY',
  required: false,
  customizable: true,
  values: valuesOf(1_000_101, ['S', 'M', 'L', 'XL']),
};

const material: CategoryAttribute = {
  id: '100392',
  name: 'Material',
  type: 'PRODUCT_PROPERTY',
  required: false,
  customizable: true,
  values: valuesOf(1_000_201, ['Rattan', 'Steel', 'Cotton', 'Glass']),
};

const ingredients: CategoryAttribute = {
  id: '100401',
  name: 'Ingredients',
  type: 'PRODUCT_PROPERTY',
  required: true,
  customizable: true,
  values: valuesOf(1_000_301, ['Organic', 'Conventional']),
};

const named = (id: string): string => categoryOf(id)?.name ?? '';

/** What one eats or puts on the skin must say what is in it. */
export function attributesOf(categoryId: string): readonly CategoryAttribute[] {
  const root = categoryChain(categoryId)[0]?.name ?? '';
  const inside = ['Beauty', 'Food & Beverages'].includes(root);
  return [colour, size, inside ? ingredients : material];
}

export interface Certification {
  readonly id: string;
  readonly name: string;
}

/** The only leaf that cannot be listed without a paper. */
export function certificationsOf(categoryId: string): readonly Certification[] {
  if (named(categoryId) !== 'Sunscreen') return [];
  return [{ id: '7182427311584347905', name: 'Cosmetic product notification' }];
}
