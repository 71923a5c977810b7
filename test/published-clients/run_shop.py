"""Runs tiktok-shop-api unchanged, but for the host that it takes as a parameter: from a code of the consent page to products and orders.

Usage: run_shop.py <origin> <app key> <code> <picture>; the secret comes in the variable SHOP_SECRET. Prints one JSON object.
"""

import json
import os
import sys

from tiktok_shop_api import TikTokShop, TikTokShopAuth, TikTokShopError
from tiktok_shop_api.generated.models.create_product_request import CreateProductRequest
from tiktok_shop_api.generated.models.deactivate_products_request import DeactivateProductsRequest
from tiktok_shop_api.generated.models.get_order_list_request import GetOrderListRequest
from tiktok_shop_api.generated.models.inventory_search_request import InventorySearchRequest
from tiktok_shop_api.generated.models.search_products_request import SearchProductsRequest
from tiktok_shop_api.generated.models.update_price_request import UpdatePriceRequest
from tiktok_shop_api.generated.models.update_shop_webhook_request import UpdateShopWebhookRequest
from tiktok_shop_api.generated.models.upload_product_image_request import UploadProductImageRequest
from tiktok_shop_api.generated.models.upload_product_image_request_use_case import UploadProductImageRequestUseCase
from tiktok_shop_api.generated.types import File

origin, app_key, code, picture = sys.argv[1:]
secret = os.environ["SHOP_SECRET"]


def pages(ask):
    """Rows of every page, by the token of the one before."""
    token = None
    while True:
        data = ask(**({"page_token": token} if token else {})).to_dict()["data"]
        yield data
        token = data.get("next_page_token")
        if not token:
            return


auth = TikTokShopAuth(app_key, secret, base_url=origin)
tokens = auth.refresh(auth.exchange_code(code).refresh_token)
out = {"scopes": tokens.granted_scopes, "open_id": tokens.open_id}

client = TikTokShop(app_key, secret, tokens.access_token, base_url=origin)
out["shops"] = client.authorization.get_authorized_shops().to_dict()["data"]["shops"]
shop = client.with_shop(shop_cipher=out["shops"][0]["cipher"])

out["products"] = [
    product
    for data in pages(lambda **page: shop.products.search_products(body=SearchProductsRequest(), page_size=7, **page))
    for product in data["products"]
]
first = out["products"][0]
out["product"] = shop.products.get_product(first["id"]).to_dict()["data"]
out["inventory"] = shop.products.inventory_search(body=InventorySearchRequest(product_ids=[first["id"]])).to_dict()["data"]
out["categories"] = shop.products.get_categories().to_dict()["data"]["categories"]
out["warehouses"] = shop.logistics.get_warehouse_list().to_dict()["data"]["warehouses"]

with open(picture, "rb") as file:
    upload = UploadProductImageRequest(data=File(payload=file, file_name="a.png", mime_type="image/png"), use_case=UploadProductImageRequestUseCase("MAIN_IMAGE"))
    out["image"] = shop.products.upload_product_image(body=upload).to_dict()["data"]

created = shop.products.create_product(
    body=CreateProductRequest.from_dict(
        {
            "title": "A product made by the published client",
            "description": "<p>Made</p>",
            "category_id": next(one["id"] for one in out["categories"] if one["local_name"] == "Lamps"),
            "main_images": [{"uri": out["image"]["uri"]}],
            "package_weight": {"value": "1", "unit": "KILOGRAM"},
            "skus": [
                {
                    "price": {"amount": "5.00", "currency": "GBP"},
                    "inventory": [{"warehouse_id": out["warehouses"][0]["id"], "quantity": 3}],
                }
            ],
        }
    )
).to_dict()["data"]
out["created"] = created
shop.products.update_price(
    created["product_id"],
    body=UpdatePriceRequest.from_dict({"skus": [{"id": created["skus"][0]["id"], "price": {"sale_price": "6.50", "currency": "GBP"}}]}),
)
out["repriced"] = shop.products.get_product(created["product_id"]).to_dict()["data"]
out["refused"] = shop.products.deactivate_products(body=DeactivateProductsRequest(product_ids=["1"])).to_dict()["data"]

shop.event.update_shop_webhook(body=UpdateShopWebhookRequest.from_dict({"address": "https://hub.test/events", "event_type": "PRODUCT_CREATION"}))
out["webhooks"] = shop.event.get_shop_webhooks().to_dict()["data"]["webhooks"]

try:
    shop.products.get_product("1")
except TikTokShopError as error:
    out["error"] = error.code

out["orders"] = [
    order
    for data in pages(lambda **page: shop.orders.get_order_list(body=GetOrderListRequest(), page_size=50, **page))
    for order in data["orders"]
]
json.dump(out, sys.stdout)
