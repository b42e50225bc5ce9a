using Microsoft.Playwright;
using Toka.EndToEnd.Page;
using Toka.Tests.Shared;

namespace Toka.EndToEnd;

/// <summary>The pages of traces and logs as somebody sees them: spans sent over OTLP, a real server, a real browser.</summary>
public sealed class TracePageTests(PageFixture fixture) : IClassFixture<PageFixture>
{
    private const int LargeTraceSpans = 100_000;

    /// <summary>Scrolls so many times by so much, once a frame, and gives the times between the frames in ms, sorted.</summary>
    private const string Scroll = """
        async ([step, frames]) => {
          const tree = document.querySelector('[role=tree]');
          tree.scrollTop = 0;
          const times = [];
          let last = await new Promise(requestAnimationFrame);
          for (let i = 0; i < frames; i++) {
            tree.scrollTop += step;
            const now = await new Promise(requestAnimationFrame);
            times.push(now - last);
            last = now;
          }
          return times.sort((a, b) => a - b);
        }
        """;

    [Fact]
    public async Task A_trace_of_100_000_spans_opens_folds_its_siblings_and_scrolls()
    {
        await fixture.BrowserAsync();
        var toka = await fixture.ServerAsync();
        var trace = SpanSender.IdOf(0x100_000, 32);
        await SpanSender.SendAsync(toka, LargeTrace(trace, DateTimeOffset.UtcNow.AddMinutes(-1)));

        await using var open = await fixture.OpenAsync($"#/trace?id={trace}");
        await open.WaitForAsync("the waterfall", "document.querySelectorAll('[role=treeitem]').length > 10");
        Assert.Contains("100,000 spans", await open.Page.Locator("main header").First.InnerTextAsync(), StringComparison.Ordinal);
        await open.WaitForAsync("folded siblings", "[...document.querySelectorAll('[role=treeitem]')].some((line) => line.textContent.includes('× 49') && line.textContent.includes('SELECT customer'))");
        Assert.InRange(await open.Page.Locator("[role=treeitem]").CountAsync(), 10, 200);

        foreach (var step in new[] { 60, 700, 20_000 })
        {
            var times = await open.Page.EvaluateAsync<double[]>(Scroll, new[] { step, 120 });
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"scrolling by {step} px a frame: frames of {times[times.Length / 2]:0.0} ms (median), {times[times.Length * 95 / 100]:0.0} ms (95 %), {times[^1]:0.0} ms (longest)");
        }

        await open.WaitForAsync("lines far down", "Number(document.querySelector('[role=treeitem]').id.slice('line-'.length)) > 1000");
        await open.Page.Locator("[role=tree]").FocusAsync();
        await open.Page.Keyboard.PressAsync("n");
        await open.WaitForAsync("the first span that failed", "document.querySelector('[role=treeitem][aria-selected=true]')?.textContent.includes('◆') === true");
        await ShootAsync(open, "trace-100000-dark-1280");
        open.AssertQuiet();

        await using var phone = await fixture.OpenAsync($"#/trace?id={trace}", width: 390, height: 844, scheme: ColorScheme.Light);
        await phone.WaitForAsync("the waterfall", "document.querySelectorAll('[role=treeitem]').length > 5");
        await ShootAsync(phone, "trace-100000-light-390");
        Assert.True(await phone.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        phone.AssertQuiet();
    }

    [Fact]
    public async Task A_slow_query_is_found_by_two_clicks()
    {
        using var data = new TemporaryDirectory();
        await fixture.BrowserAsync();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        var now = DateTimeOffset.UtcNow;
        await SpanSender.SendAsync(toka, Enumerable.Range(1, 30).SelectMany(i => Order(i, now.AddSeconds(-150 + (i * 4)), isSlow: i == 17)));

        await using var open = await fixture.OpenAsync("#/overview", server: toka);
        await open.Page.GetByRole(AriaRole.Link, new() { Name = "Traces" }).ClickAsync();
        await open.WaitForAsync("the traces", "document.querySelectorAll('tbody tr').length === 30");
        await ShootAsync(open, "traces-dark-1280");
        await open.Page.Locator("tr:has(.fill[style*='width: 100%']) td.root a").ClickAsync();

        await open.WaitForAsync("the slow query's details", "document.querySelector('.panel h2')?.textContent === 'SELECT orders'");
        await open.WaitForAsync("the slow query chosen", "document.querySelector('[role=treeitem][aria-selected=true]')?.textContent.includes('SELECT orders') === true");
        await open.WaitForAsync("its attributes", "document.querySelector('.panel')?.textContent.includes('page.row') === true");
        open.AssertQuiet();
    }

    [Fact]
    public async Task A_waterfall_is_used_by_keys()
    {
        await fixture.BrowserAsync();
        var toka = await fixture.ServerAsync();
        var trace = SpanSender.IdOf(0x40_001, 32);
        await SpanSender.SendAsync(toka, LargeTrace(trace, DateTimeOffset.UtcNow.AddSeconds(-30)).Take(101));
        await using var open = await fixture.OpenAsync($"#/trace?id={trace}&span={SpanSender.IdOf(1, 16)}");
        Task ChosenAsync(string what) => open.WaitForAsync($"the line {what} chosen", $"document.querySelector('[role=treeitem][aria-selected=true]')?.textContent.includes('{what}') === true");
        Task LinesAsync(int count) => open.WaitForAsync($"{count} lines", $"document.querySelector('[role=tree]').ariaLabel.includes(' {count} lines')");
        await ChosenAsync("nightly export");
        await LinesAsync(53);
        await open.Page.Locator("[role=tree]").FocusAsync();

        await open.Page.Keyboard.PressAsync("ArrowDown");
        await ChosenAsync("batch 0");
        await open.Page.Keyboard.PressAsync("ArrowDown");
        await ChosenAsync("× 49");
        await open.Page.Keyboard.PressAsync("ArrowRight");
        await LinesAsync(102);
        await open.Page.Keyboard.PressAsync("ArrowDown");
        await open.WaitForAsync("the second of the run", $"location.hash.includes('span={SpanSender.IdOf(4, 16)}')");
        await open.Page.Keyboard.PressAsync("ArrowUp");
        await open.Page.Keyboard.PressAsync("ArrowLeft");
        await LinesAsync(53);
        await open.Page.Keyboard.PressAsync("ArrowUp");
        await ChosenAsync("batch 0");
        await open.Page.Keyboard.PressAsync("ArrowLeft");
        await LinesAsync(52);
        await open.Page.Keyboard.PressAsync("End");
        await ChosenAsync("row 0");
        await open.Page.Keyboard.PressAsync("ArrowLeft");
        await ChosenAsync("batch 1");
        await open.Page.Keyboard.PressAsync("z");
        await open.WaitForAsync("the time of the batch", "location.hash.includes('zoom=')");
        await open.Page.Keyboard.PressAsync("f");
        await open.Page.Keyboard.TypeAsync("nightly");
        await open.Page.Keyboard.PressAsync("Enter");
        await ChosenAsync("nightly export");
        open.AssertQuiet();
    }

    [Fact]
    public async Task A_log_record_leads_to_its_trace()
    {
        await fixture.BrowserAsync();
        var toka = await fixture.ServerAsync();
        var at = DateTimeOffset.UtcNow.AddSeconds(-20);
        var spans = Order(0x70_001, at, isSlow: false).ToArray();
        await SpanSender.SendAsync(toka, spans);
        await SpanSender.SendLogAsync(toka, "log-test", at, 17, "payment 4711 was refused", spans[1].TraceId, SpanSender.IdOf(spans[1].Id, 16));

        await using var open = await fixture.OpenAsync("#/logs?service=log-test");
        await open.WaitForAsync("the record", "document.querySelector('.lines')?.textContent.includes('payment 4711 was refused') === true");
        Assert.Contains("error", await open.Page.Locator(".lines").InnerTextAsync(), StringComparison.Ordinal);
        await open.Page.Locator(".lines li button").First.ClickAsync();
        await open.Page.GetByRole(AriaRole.Link, new() { Name = "Open the trace" }).ClickAsync();
        await open.WaitForAsync("its span", "document.querySelector('.panel h2')?.textContent === 'PlaceOrder'");
        await open.WaitForAsync("the record in place", "document.querySelector('.panel')?.textContent.includes('payment 4711 was refused') === true");
        open.AssertQuiet();
    }

    [Theory]
    [InlineData("traces")]
    [InlineData("services")]
    [InlineData("services?tab=map")]
    [InlineData("logs")]
    [InlineData("compare")]
    public async Task Everything_that_can_be_used_has_a_name_and_fits_a_phone(string page)
    {
        var toka = await fixture.ServerAsync();
        await SpanSender.SendAsync(toka, Order(0x60_000 + Random.Shared.Next(10_000), DateTimeOffset.UtcNow.AddSeconds(-10), isSlow: false));
        await using var open = await fixture.OpenAsync($"#/{page}", width: 390, height: 844);
        await open.WaitForAsync("an answer", "document.querySelector('main .wait') === null && document.querySelector('h1') !== null");
        var nameless = await open.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('button, a, input, select, textarea, dialog, nav, [role=img], [role=tab], [role=tree]')]
              .filter((e) => {
                const label = [...(e.labels ?? [])].map((l) => l.textContent).join('');
                const referred = (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('');
                const own = e.matches('button, a, [role=tab]') ? e.textContent : '';
                return [e.getAttribute('aria-label'), referred, label, own, e.title].every((text) => (text ?? '').trim() === '');
              }).map((e) => e.outerHTML.slice(0, 200))
            """);
        Assert.Empty(nameless);
        Assert.Equal(1, await open.Page.Locator("h1").CountAsync());
        Assert.True(await open.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        await ShootAsync(open, $"{page.Replace("?tab=", "-", StringComparison.Ordinal)}-dark-390");
        open.AssertQuiet();
    }

    private static async Task ShootAsync(PageUnderTest open, string name)
    {
        Directory.CreateDirectory(PageFixture.Screenshots);
        await open.Page.ScreenshotAsync(new() { Path = Path.Combine(PageFixture.Screenshots, name + ".png") });
    }

    /// <summary>An order in four services' spans; a slow one waits for its query.</summary>
    private static IEnumerable<SentSpan> Order(int number, DateTimeOffset at, bool isSlow)
    {
        var trace = SpanSender.IdOf(0x5_0000_0000L + number, 32);
        var query = TimeSpan.FromMilliseconds(isSlow ? 1_800 : 8);
        long Id(int i) => ((long)number << 8) + i;
        yield return new(trace, Id(1), 0, "shop-web", "POST /orders", at, query + TimeSpan.FromMilliseconds(40), Kind: 2);
        yield return new(trace, Id(2), Id(1), "checkout", "PlaceOrder", at.AddMilliseconds(4), query + TimeSpan.FromMilliseconds(30), Kind: 2);
        yield return new(trace, Id(3), Id(2), "checkout", "SELECT orders", at.AddMilliseconds(8), query, Kind: 3);
        yield return new(trace, Id(4), Id(2), "payments", "charge", at.AddMilliseconds(12) + query, TimeSpan.FromMilliseconds(9), Kind: 3);
    }

    /// <summary>An export in two thousand batches of fifty spans, every other one in one run of queries.</summary>
    private static IEnumerable<SentSpan> LargeTrace(string trace, DateTimeOffset at)
    {
        const int BatchSize = 50;
        var batch = TimeSpan.FromMilliseconds(10);
        yield return new(trace, 1, 0, "export", "nightly export", at, batch * (LargeTraceSpans / BatchSize));
        for (var i = 1; i < LargeTraceSpans; i++)
        {
            var (number, member) = Math.DivRem(i - 1, BatchSize);
            var start = at + (batch * number);
            var head = (number * BatchSize) + 2;
            yield return member == 0
                ? new(trace, head, 1, $"service-{number % 12}", $"batch {number % 40}", start, batch, Failed: number % 97 == 3)
                : new(trace, i + 1, head, "postgres", number % 2 == 0 ? "SELECT customer" : $"row {member % 7}", start + (batch * (member / 50.0)), batch / 60, Kind: 3);
        }
    }
}
