/** Categories with their attributes and rules, and brands. */
import { ShopRefusal } from '../answers.ts';
import {
  attributesOf,
  type Category,
  categories,
  categoryChain,
  categoryOf,
  categoryVersionOf,
  certificationsOf,
  leavesOf,
} from '../categories.ts';
import { type ShopCall, type ShopEndpoint, shopOf } from '../endpoint.ts';
import { pageOf } from '../paging.ts';

const scopes = ['seller.product.basic'];
const invalidCode = 12_052_910;

/** Shops in the United States must ask for `v2`, which is not the default. */
function readVersion(call: ShopCall, parameters: ShopCall['query']) {
  const version = parameters.oneOf('category_version', ['v1', 'v2'], 'v1');
  if (version !== categoryVersionOf(shopOf(call).region)) {
    throw new ShopRefusal(12_052_217, 'The category version does not suit the shop.');
  }
  return version;
}

function leafOf(call: ShopCall): Category {
  readVersion(call, call.query);
  const category = categoryOf(call.parts.category_id!);
  if (!category) throw new ShopRefusal(12_052_023, 'The category does not exist.');
  if (!category.isLeaf) throw new ShopRefusal(12_052_230, 'The category is not a leaf category.');
  return category;
}

const list: ShopEndpoint = {
  ...{ method: 'GET', path: '/product/202309/categories', scopes, invalidCode },
  cipher: 'required',
  answer(call) {
    const version = readVersion(call, call.query);
    const keyword = call.query.text('keyword')?.toLowerCase() ?? '';
    const shown = categories.filter(
      (category) => category.version === version && category.name.toLowerCase().includes(keyword),
    );
    return {
      categories: shown.map(({ id, parentId, name, isLeaf }) => ({
        ...{ id, parent_id: parentId, local_name: name, is_leaf: isLeaf },
        permission_statuses: ['AVAILABLE'],
      })),
    };
  },
};

const attributes: ShopEndpoint = {
  ...{ method: 'GET', path: '/product/202309/categories/{category_id}/attributes', scopes },
  ...{ cipher: 'required', invalidCode },
  answer: (call) => ({
    attributes: attributesOf(leafOf(call).id).map((attribute) => ({
      id: attribute.id,
      name: attribute.name,
      type: attribute.type,
      // Spelt so.
      is_requried: attribute.required,
      values: attribute.values,
      value_data_format: '',
      is_customizable: attribute.customizable,
      requirement_conditions: [],
      is_multiple_selection: false,
    })),
  }),
};

const rules: ShopEndpoint = {
  ...{ method: 'GET', path: '/product/202309/categories/{category_id}/rules', scopes },
  ...{ cipher: 'required', invalidCode },
  answer: (call) => ({
    product_certifications: certificationsOf(leafOf(call).id).map(({ id, name }) => ({
      ...{ id, name, is_required: true, document_details: '', sample_image_url: '' },
      ...{ requirement_conditions: [], expiration_date: { is_required: false } },
    })),
    size_chart: { is_supported: false, is_required: false },
    cod: { is_supported: true },
    package_dimension: { is_required: false },
    epr: { is_required: false },
    responsible_person: { is_required: false },
    manufacturer: { is_required: false },
    allowed_special_product_types: [],
    fees: [],
  }),
};

/** The leaf whose name the title holds, else the first one. */
const recommend: ShopEndpoint = {
  ...{ method: 'POST', path: '/product/202309/categories/recommend', scopes, invalidCode },
  cipher: 'required',
  answer(call) {
    const title = call.body.required('product_title').toLowerCase();
    const leaves = leavesOf(readVersion(call, call.body));
    const leaf = leaves.find(({ name }) => title.includes(name.toLowerCase())) ?? leaves[0]!;
    return {
      leaf_category_id: leaf.id,
      categories: categoryChain(leaf.id).map(({ id, name, isLeaf }, index) => ({
        ...{ id, name, level: index + 1, is_leaf: isLeaf, permission_statuses: ['AVAILABLE'] },
      })),
    };
  },
};

const brandList: ShopEndpoint = {
  ...{ method: 'GET', path: '/product/202309/brands', scopes, invalidCode },
  cipher: 'required',
  answer(call, { brands }) {
    const name = call.query.text('brand_name')?.toLowerCase() ?? '';
    const onlyOwn = call.query.boolean('is_authorized');
    const matching = brands
      .list()
      .filter((brand) => brand.name.toLowerCase().includes(name) && (!onlyOwn || brand.authorised));
    const { rows, nextPageToken } = pageOf(matching, call.query, {
      ...{ rules: { max: 100 }, placeOf: ({ id }) => ({ order: 0, id }), descending: false },
    });
    return {
      brands: rows.map((brand) => ({
        ...{ id: brand.id, name: brand.name, is_t1_brand: false, brand_status: 'ONLINE' },
        authorized_status: brand.authorised ? 'AUTHORIZED' : 'UNAUTHORIZED',
      })),
      total_count: matching.length,
      next_page_token: nextPageToken,
    };
  },
};

const brandCreate: ShopEndpoint = {
  ...{ method: 'POST', path: '/product/202309/brands', scopes, invalidCode },
  cipher: 'absent',
  answer: ({ body }, { brands }) => ({ id: brands.add(body.required('name')).id }),
};

export const catalogueEndpoints: readonly ShopEndpoint[] = [
  ...[list, attributes, rules, recommend, brandList, brandCreate],
];
