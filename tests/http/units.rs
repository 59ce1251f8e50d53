//! Looking for a unit by its serial.

use crate::support::Hub;
use reqwest::Method;
use serde_json::Value;

#[tokio::test]
async fn a_unit_tells_its_story() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let ops = [till.shift(), till.stock_in(&["A1", "(A)_2-#/"]), till.sale("A1"), till.sale("A1")];
    till.push(&ops).await;
    let path = "/api/v1/units?serial=A1";
    let told: Value = till.ask(Method::GET, path, Vec::new()).await.good();
    assert_eq!(told, hub.admin(Method::GET, path, "").await.good::<Value>());
    let units = told["units"].as_array().unwrap();
    assert_eq!(units.len(), 1, "{told}");
    let unit = &units[0];
    assert_eq!((&unit["sku"], &unit["status"], &unit["disputes"]), (&"PHONE".into(), &"stocked_out".into(), &1.into()));
    let history: Vec<String> =
        unit["history"].as_array().unwrap().iter().map(|entry| format!("{} {} {}", entry["kind"], entry["document"], entry["outcome"])).collect();
    let wanted = [r#""stock_in@1" "T01-2" "applied""#, r#""sale@1" "T01-3" "applied""#, r#""sale@1" "T01-4" "conflict""#];
    assert_eq!(history, wanted);

    let odd: Value = hub.admin(Method::GET, "/api/v1/units?serial=(A)_2-%23/", "").await.good();
    assert_eq!(odd["units"].as_array().unwrap().len(), 1, "{odd}");
    let none: Value = hub.admin(Method::GET, "/api/v1/units?serial=a1", "").await.good();
    assert_eq!(none["units"].as_array().unwrap().len(), 0, "case counts");
    for query in ["", "?serial=", "?serial=a%20b", "?other=1"] {
        hub.admin(Method::GET, &format!("/api/v1/units{query}"), "").await.trouble(400, "malformed");
    }
}
