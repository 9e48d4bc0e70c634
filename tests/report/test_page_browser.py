"""The report in a real browser: nothing asked of a network, no complaint, keyboard, contrast, phone and paper."""

import time

import chromium
import pytest
from page_plans import fleet, hostile, page_plan

from planner.report.page.build import report_of
from planner.report.page.html import html_text

pytestmark = pytest.mark.skipif(chromium.path() is None, reason="no Chromium on this machine")

# Text against what lies behind it, as the guidelines for accessible content compute it.
CONTRAST = """(() => {
  const parse = text => { const m = text.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const light = c => { const f = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; }
    return [255, 255, 255, 1]; };
  let worst = [99, ''];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || e.closest('script, title')) continue;
    const style = getComputedStyle(e);
    const front = parse(e.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(front), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 80)];
  }
  return worst;
})()"""


@pytest.fixture(scope="module")
def browser():
    found = chromium.Browser()
    yield found
    found.close()


@pytest.fixture
def page(tmp_path, browser):
    """Opens a plan's report in a window of a size."""

    def opened(plan, width=1200, height=900, **more):
        file = tmp_path / "report.html"
        file.write_text(html_text(report_of(plan)), encoding="utf-8")
        browser.size(width, height, **more)
        browser.open(file)
        return browser

    return opened


@pytest.mark.parametrize("make", [page_plan, hostile])
def test_no_complaint_and_no_request(page, make):
    assert page(make()).complaints() == []


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_what_is_behind_it(page, dark):
    ratio, where = page(page_plan(), dark=dark).run(CONTRAST)
    assert ratio >= 4.5, where


def test_the_button_turns_light_into_dark_and_back(page):
    browser = page(page_plan())
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    light = browser.run(colour)
    browser.run("document.getElementById('theme').click()")
    dark = browser.run(colour)
    browser.run("document.getElementById('theme').click()")
    assert light == browser.run(colour) == "rgb(255, 255, 255)" and dark == "rgb(13, 17, 23)"


def test_the_keyboard_reaches_and_sorts_a_table(page):
    browser = page(fleet(12))
    browser.run("document.querySelector('#map table th button').focus()")
    names = "[...document.querySelectorAll('#map tbody tr th')].map(cell => cell.textContent)"
    before = browser.run(names)
    browser.key("Enter")
    browser.key("Enter")
    assert browser.run(names) == sorted(before, reverse=True)
    assert browser.run("document.querySelector('#map thead th').getAttribute('aria-sort')") == "descending"


def test_the_first_stop_of_the_keyboard_skips_to_the_sections(page):
    browser = page(page_plan())
    browser.key("Tab")
    assert browser.run("document.activeElement.textContent") == "Skip to the sections"
    assert browser.run("document.activeElement.getBoundingClientRect().left >= 0")


def test_figures_sort_by_their_value(page):
    browser = page(fleet(12))
    browser.run("document.querySelectorAll('#cost .table')[1].querySelectorAll('th button')[2].click()")
    found = browser.run("[...document.querySelectorAll('#cost .table')[1].querySelectorAll('tbody data')].map(one => Number(one.value))")
    assert found == sorted(found) and len(found) == 12


def test_a_filter_leaves_the_rows_that_match_and_says_how_many(page):
    browser = page(fleet(12))
    script = """(() => { const box = document.querySelector('#map .filter'); const field = box.querySelector('input');
      field.value = 'SERVICE-07'; field.dispatchEvent(new Event('input'));
      return [box.querySelector('.found').textContent, [...document.querySelectorAll('#map tbody tr')].filter(row => !row.hidden).length]; })()"""
    assert browser.run(script) == ["2 of 24 rows", 2]


@pytest.mark.parametrize("make", [page_plan, hostile, lambda: fleet(12)])
def test_a_phone_scrolls_the_page_one_way_only(page, make):
    browser = page(make(), 360, 740)
    assert browser.run("document.documentElement.scrollWidth") <= 360


def test_marks_tell_their_figure_when_pointed_at(page):
    browser = page(page_plan())
    told = browser.run("document.querySelector('#capacity rect.s0[data-from] title').textContent")
    # At noon three instances run, two of them on demand, four accelerators each.
    assert told == "h12, on demand, accelerators: 8"


def test_on_paper_everything_is_there_and_nothing_is_cut(page):
    browser = page(page_plan(), 1000, 900, dark=True, medium="print")
    assert browser.run("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert browser.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.run("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
    assert browser.printed().startswith(b"%PDF")


def test_a_report_of_fifty_services_opens(page, record_property):
    began = time.monotonic()
    browser = page(fleet())
    record_property("seconds_to_write_and_open", time.monotonic() - began)
    assert browser.complaints() == []
    assert browser.run("document.querySelectorAll('#map tbody tr').length") == 100
