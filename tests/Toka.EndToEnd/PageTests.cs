using System.Diagnostics;
using System.Text;
using Microsoft.Playwright;
using Toka.EndToEnd.Page;
using Toka.Tests.Shared;

namespace Toka.EndToEnd;

/// <summary>The page as somebody sees it: a real server, a real browser.</summary>
public sealed class PageTests(PageFixture fixture) : IClassFixture<PageFixture>
{
    /// <summary>
    /// Columns of a chart's picture in which a line stands. Lines are coloured, and axes, grid and words are near grey.
    /// </summary>
    private const string DrawnColumns = """
        () => {
          const canvas = document.querySelector('#chart-cpu-cores canvas');
          if (canvas === null || canvas.width === 0) return 0;
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const columns = new Set();
          for (let i = 0; i < data.length; i += 4) {
            const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
            if (data[i + 3] > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 40) columns.add((i / 4) % canvas.width);
          }
          return columns.size;
        }
        """;

    /// <summary>How many pixels of the page's only chart have the colour of a variable of the theme.</summary>
    private const string PixelsOf = """
        (name) => {
          const canvas = document.querySelector('canvas');
          if (canvas === null || canvas.width === 0) return 0;
          const [r, g, b] = getComputedStyle(document.documentElement).getPropertyValue(name).trim().match(/[0-9a-f]{2}/g).map((hex) => parseInt(hex, 16));
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] > 200 && Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 24) count++;
          }
          return count;
        }
        """;

    [Fact]
    public async Task A_server_that_just_started_draws_charts_that_move()
    {
        await fixture.BrowserAsync();
        using var data = new TemporaryDirectory();
        var clock = Stopwatch.StartNew();
        await using var toka = await TokaProcess.StartAsync(data.Path);
        await using var open = await fixture.OpenAsync(server: toka);

        var first = 0;
        await toka.WaitForAsync("a drawn line", async () => (first = await open.Page.EvaluateAsync<int>(DrawnColumns)) > 0);
        var drawn = clock.Elapsed;
        var last = await LastOfCoresAsync();
        await toka.WaitForAsync("a longer line", async () => await open.Page.EvaluateAsync<int>(DrawnColumns) > first);
        await toka.WaitForAsync("a newer value in the legend", async () => await LastOfCoresAsync() != last);
        TestContext.Current.TestOutputHelper?.WriteLine($"drawn {drawn.TotalSeconds:0.0} s after the start, seen to move after {clock.Elapsed.TotalSeconds:0.0} s");
        open.AssertQuiet();

        Task<string> LastOfCoresAsync() => open.Page.EvaluateAsync<string>("[...document.querySelectorAll('#chart-cpu-cores td.last')].map((c) => c.textContent).join()");
    }

    [Theory]
    [InlineData(390, 844, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(1920, 1080, ColorScheme.Dark)]
    public async Task Every_page_fits_the_window_and_follows_the_system_s_theme(int width, int height, ColorScheme scheme)
    {
        await using var open = await fixture.OpenAsync(width: width, height: height, scheme: scheme);
        Directory.CreateDirectory(PageFixture.Screenshots);
        foreach (var name in new[] { "overview", "traces", "services", "logs", "alerts", "processes", "sources", "explore" })
        {
            await open.Page.EvaluateAsync("(name) => { location.hash = `#/${name}`; }", name);
            await open.WaitForAsync($"the page {name}", $"document.querySelector('nav [aria-current]')?.getAttribute('href')?.startsWith('#/{name}') === true");
            await open.WaitForChartsAsync();
            Assert.Equal(0, await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth"));
            await open.Page.ScreenshotAsync(new() { Path = Path.Combine(PageFixture.Screenshots, $"{name}-{scheme.ToString().ToLowerInvariant()}-{width}.png") });
        }

        Assert.Equal(scheme.ToString().ToLowerInvariant(), await open.Page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
        open.AssertQuiet();
    }

    [Fact]
    public async Task The_overview_begins_with_one_sentence_of_health()
    {
        await using var open = await fixture.OpenAsync();
        var sentence = await open.Page.Locator("h1.sentence").InnerTextAsync();
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
        Assert.Contains(Environment.ProcessorCount == 1 ? "1 core" : $"{Environment.ProcessorCount} cores", sentence, StringComparison.Ordinal);
        open.AssertQuiet();
    }

    [Fact]
    public async Task A_chosen_theme_outlives_a_reload()
    {
        await using var open = await fixture.OpenAsync();
        await open.Page.Keyboard.PressAsync("Control+k");
        await open.Page.GetByRole(AriaRole.Combobox, new() { Name = "What to go to" }).FillAsync("theme light");
        await open.Page.Keyboard.PressAsync("Enter");
        await open.WaitForAsync("the light theme", "document.documentElement.dataset.theme === 'light'");
        await open.Page.ReloadAsync();
        await open.WaitForAsync("the light theme after the reload", "document.documentElement.dataset.theme === 'light'");
        open.AssertQuiet();
    }

    [Fact]
    public async Task A_brush_across_a_chart_is_a_step_that_Back_undoes()
    {
        await using var open = await fixture.OpenAsync();
        await open.WaitForChartsAsync();
        var plot = open.Page.Locator("#chart-cpu-cores .u-over");
        await plot.ScrollIntoViewIfNeededAsync();
        var box = (await plot.BoundingBoxAsync())!;
        await open.Page.Mouse.MoveAsync(box.X + (box.Width * 0.4f), box.Y + (box.Height / 2));
        await open.Page.Mouse.DownAsync();
        await open.Page.Mouse.MoveAsync(box.X + (box.Width * 0.8f), box.Y + (box.Height / 2), new() { Steps = 4 });
        await open.Page.Mouse.UpAsync();
        await open.WaitForAsync("the stretch in the address", "/from=.*to=/.test(location.hash)");
        await open.WaitForChartsAsync();
        await open.Page.GoBackAsync();
        await open.WaitForAsync("the address before", "!location.hash.includes('from=')");
        await open.WaitForAsync("the clock that runs again", "document.querySelector('button.live').getAttribute('aria-pressed') === 'true'");
        open.AssertQuiet();
    }

    [Fact]
    public async Task The_palette_opens_by_key_and_leads_to_a_chart()
    {
        await using var open = await fixture.OpenAsync();
        await open.Page.Keyboard.PressAsync("Control+k");
        var words = open.Page.GetByRole(AriaRole.Combobox, new() { Name = "What to go to" });
        Assert.True(await words.IsVisibleAsync());
        await words.FillAsync("crosses network");
        await open.Page.Keyboard.PressAsync("Enter");
        await open.WaitForAsync("the chart in the address", "location.hash.includes('chart=network')");
        await open.WaitForAsync("the chart in the window", "(() => { const { top, bottom } = document.getElementById('chart-network').getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; })()");
        open.AssertQuiet();
    }

    [Fact]
    public async Task A_metric_that_an_app_sends_stands_in_Explore()
    {
        var toka = await fixture.OpenAsync("#/explore?expr=page_queue_length");
        await using (toka)
        {
            var nowNs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000;
            using var body = new StringContent(
                $$$"""
                {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"page-test"}}]},"scopeMetrics":[{"metrics":[
                {"name":"page_queue_length","gauge":{"dataPoints":[{"timeUnixNano":"{{{nowNs}}}","asDouble":4211}]}}]}]}]}
                """,
                Encoding.UTF8,
                "application/json");
            using var answer = await toka.Toka.Http.PostAsync(toka.Toka.OtlpHttpUrl + "/v1/metrics", body);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            await toka.WaitForAsync("the metric's newest value", "document.querySelector('.results tbody')?.textContent?.replace(/\\s/g, '').includes('4.21k') === true");
            await toka.WaitForChartsAsync();
            toka.AssertQuiet();
        }
    }

    [Fact]
    public async Task What_is_refused_stands_on_the_page_of_sources_with_its_reason_and_a_target_that_is_down_with_its_error()
    {
        await fixture.BrowserAsync();
        using var data = new TemporaryDirectory();
        using var files = new TemporaryDirectory();
        var file = files.File("prometheus.yml", """
            scrape_configs: [ { job_name: gone, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [ { targets: [ "127.0.0.1:1" ] } ] } ]
            """);
        await using var toka = await TokaProcess.StartAsync(data.Path, null, "--prometheus-config", file);
        foreach (var (text, type) in new[] { ("good 1\nbad{ 2\n", "text/plain"), ("old 1 1000\n", "text/plain"), ("new 1 99999999999999\n", "text/plain") })
        {
            using var body = new StringContent(text, Encoding.UTF8, type);
            using var answer = await toka.Http.PostAsync("/api/v1/import/prometheus", body);
            Assert.False(answer.IsSuccessStatusCode, text);
        }

        await using var open = await fixture.OpenAsync("#/sources", width: 390, height: 844, server: toka);
        await open.WaitForAsync("the refused line", "document.querySelector('.reasons')?.textContent?.includes('malformed') === true");
        await open.WaitForAsync("the target's error", "document.querySelector('.fault')?.textContent?.includes('127.0.0.1:1') === true");
        Assert.True(await open.Page.EvaluateAsync<int>("document.querySelectorAll('.reasons span').length") >= 3);
        Assert.Empty(await open.Page.EvaluateAsync<string[]>("[...document.querySelectorAll('section')].filter((s) => s.scrollWidth > s.clientWidth).map((s) => s.ariaLabel)"));
        open.AssertQuiet();
    }

    [Fact]
    public async Task An_alert_leads_to_its_evidence_with_the_threshold_drawn()
    {
        await using var open = await fixture.OpenAsync("#/alerts");
        var alert = open.Page.Locator("li", new() { HasText = "always_there" }).GetByText("show the evidence");
        await alert.First.ClickAsync();
        await open.WaitForAsync("the expression in Explore", "document.querySelector('textarea')?.value.includes('node_cpu_seconds_total') === true && location.hash.includes('threshold=0.5')");
        await open.WaitForAsync("the threshold's line", $"({PixelsOf})('--critical') > 100");
        open.AssertQuiet();
    }

    [Fact]
    public async Task Focus_is_visible_wherever_the_Tab_key_leads()
    {
        await using var open = await fixture.OpenAsync();
        await open.WaitForChartsAsync();
        for (var i = 0; i < 30; i++)
        {
            await open.Page.Keyboard.PressAsync("Tab");
            var focus = await open.Page.EvaluateAsync<string>("""
                () => {
                  const element = document.activeElement;
                  const { outlineStyle, outlineWidth } = getComputedStyle(element);
                  return element === document.body || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) ? '' : element.outerHTML.slice(0, 200);
                }
                """);
            Assert.Equal("", focus);
        }

        open.AssertQuiet();
    }

    [Theory]
    [InlineData("overview")]
    [InlineData("alerts")]
    [InlineData("processes")]
    [InlineData("sources")]
    [InlineData("explore")]
    public async Task Everything_that_can_be_used_has_a_name(string name)
    {
        await using var open = await fixture.OpenAsync($"#/{name}");
        await open.WaitForChartsAsync();
        var nameless = await open.Page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('button, a, input, select, textarea, dialog, nav, [role=img], [role=meter], [role=menuitem]')]
              .filter((e) => {
                const referred = (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('');
                const label = [...(e.labels ?? [])].map((l) => l.textContent).join('');
                const own = e.matches('button, a, [role=menuitem]') ? e.textContent : '';
                return [e.getAttribute('aria-label'), referred, label, own, e.title].every((text) => (text ?? '').trim() === '');
              }).map((e) => e.outerHTML.slice(0, 200))
            """);
        Assert.Empty(nameless);
        Assert.Equal(1, await open.Page.Locator("h1").CountAsync());
        open.AssertQuiet();
    }
}
