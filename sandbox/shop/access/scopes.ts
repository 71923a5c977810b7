/** Scope keys that a seller may grant to this app, spelt as TikTok spells them. */
export const offeredShopScopes: readonly { readonly id: string; readonly label: string }[] = [
  { id: 'seller.authorization.info', label: 'Authorised shops and webhooks' },
  { id: 'seller.shop.info', label: 'Shop information' },
  { id: 'seller.product.basic', label: 'Read products, upload images' },
  { id: 'seller.product.write', label: 'Create and edit products' },
  { id: 'seller.product.delete', label: 'Delete and recover products' },
  { id: 'serller.product.optimize', label: 'Improve listings' },
  { id: 'seller.order.info', label: 'Orders' },
  { id: 'seller.fulfillment.basic', label: 'Fulfilment' },
  { id: 'seller.fulfillment.package.write', label: 'Split and combine packages' },
  { id: 'seller.delivery.status.write', label: 'Delivery status' },
  { id: 'seller.logistics', label: 'Warehouses and delivery options' },
  { id: 'seller.return_refund.basic', label: 'Cancellations, returns, refunds' },
  { id: 'seller.finance.info', label: 'Statements and payments' },
];

export const allShopScopes: readonly string[] = offeredShopScopes.map(({ id }) => id);
