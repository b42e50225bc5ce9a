using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Toka.Cli.Top;

/// <summary>Draws a snapshot. Severity is told by word and colour, never by colour alone.</summary>
internal static class TopFrame
{
    /// <summary>Lines of a frame that is printed once and may be as long as it likes.</summary>
    public const int RowsOfOneFrame = 200;

    private const int BarCells = 24;
    private const int CoresShownMax = 32;
    private const int FileSystemsShownMax = 4;
    private const int ProcessRowsMin = 3;
    private const int ProcessRowsMax = 20;

    /// <summary>Draws a frame.</summary>
    /// <param name="snapshot">What to show.</param>
    /// <param name="rows">The lines there are; processes take what the rest leaves.</param>
    public static IRenderable Render(TopSnapshot snapshot, int rows)
    {
        var lines = new List<IRenderable> { Head(snapshot), new Markup(HealthLine(snapshot)) };
        foreach (var alert in snapshot.Alerts)
        {
            lines.Add(new Markup($"[{(alert.Severity is "Critical" or "High" ? "red" : "yellow")}]{Markup.Escape(alert.Severity)}[/] {Markup.Escape(alert.State.ToLowerInvariant())}  {Markup.Escape(alert.Summary)}"));
        }

        lines.Add(Text.Empty);
        AddGauges(lines, snapshot);
        lines.Add(Text.Empty);
        var left = Math.Clamp(rows - lines.Count - 3, ProcessRowsMin, ProcessRowsMax);
        lines.Add(Processes(snapshot, left));
        return new Rows(lines);
    }

    /// <summary>Bytes with three significant digits and a binary prefix.</summary>
    internal static string Bytes(double bytes)
    {
        if (double.IsNaN(bytes))
        {
            return "-";
        }

        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var unit = 0;
        while (bytes >= 999.5 && unit < units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        var format = unit == 0 || bytes >= 99.95 ? "0" : bytes >= 9.995 ? "0.0" : "0.00";
        return bytes.ToString(format, CultureInfo.InvariantCulture) + " " + units[unit];
    }

    /// <summary>A bar of a ratio from 0 to 1, with its percentage; green, then yellow from 70 %, red from 85 %.</summary>
    internal static string Bar(double ratio)
    {
        if (double.IsNaN(ratio))
        {
            return $"[grey]{new string('·', BarCells)}    -[/]";
        }

        ratio = Math.Clamp(ratio, 0, 1);
        var filled = (int)Math.Round(ratio * BarCells);
        var colour = ratio >= 0.85 ? "red" : ratio >= 0.70 ? "yellow" : "green";
        var percent = (ratio * 100).ToString("0", CultureInfo.InvariantCulture).PadLeft(3);
        return $"[{colour}]{new string('█', filled)}[/][grey]{new string('░', BarCells - filled)}[/] {percent} %";
    }

    private static Grid Head(TopSnapshot snapshot)
    {
        var head = new Grid { Expand = true };
        head.AddColumn(new GridColumn().NoWrap().PadLeft(0));
        head.AddColumn(new GridColumn().RightAligned().NoWrap().PadRight(0));
        var uptime = TimeSpan.FromMilliseconds(Math.Max(0, snapshot.NowMs - snapshot.BootTimeMs));
        var up = snapshot.BootTimeMs > 0 ? string.Create(CultureInfo.InvariantCulture, $"up {uptime.Days} d {uptime:hh\\:mm}") : "";
        var load = string.Join(' ', snapshot.Load.Select(static value => double.IsNaN(value) ? "-" : value.ToString("0.00", CultureInfo.InvariantCulture)));
        head.AddRow(
            new Markup($"[bold]{Markup.Escape(snapshot.HostName)}[/]  [grey]{Markup.Escape(snapshot.Kernel)}[/]"),
            new Markup($"[grey]{up}  load[/] {load}"));
        return head;
    }

    private static string HealthLine(TopSnapshot snapshot)
    {
        var colour = snapshot.HealthState switch { "Healthy" => "green", "Degraded" => "yellow", _ => "red" };
        return $"[{colour}]{Markup.Escape(snapshot.HealthState)}[/]  {Markup.Escape(snapshot.HealthSentence)}";
    }

    private static void AddGauges(List<IRenderable> lines, TopSnapshot snapshot)
    {
        var left = new List<string>();
        foreach (var core in snapshot.Cores.Take(CoresShownMax))
        {
            left.Add($"cpu {Markup.Escape(core.Name),-4} {Bar(core.Value)}");
        }

        if (snapshot.Cores.Count > CoresShownMax)
        {
            left.Add($"[grey]and {snapshot.Cores.Count - CoresShownMax} more cores, on average {Bar(snapshot.Cores.Skip(CoresShownMax).Average(static core => core.Value))}[/]");
        }

        var right = new List<string>
        {
            $"memory   {Bar(1 - (snapshot.MemoryAvailableBytes / snapshot.MemoryTotalBytes))}  of {Bytes(snapshot.MemoryTotalBytes)}",
        };
        if (snapshot.SwapTotalBytes > 0)
        {
            right.Add($"swap     {Bar(1 - (snapshot.SwapFreeBytes / snapshot.SwapTotalBytes))}  of {Bytes(snapshot.SwapTotalBytes)}");
        }

        foreach (var system in snapshot.FileSystems.Take(FileSystemsShownMax))
        {
            var name = system.Name.Length <= 8 ? system.Name : string.Concat("…", system.Name.AsSpan(system.Name.Length - 7));
            right.Add($"{Markup.Escape(name),-8} {Bar(system.Value)}");
        }

        right.Add($"disk     read {Bytes(snapshot.DiskReadBytesPerSecond)}/s, write {Bytes(snapshot.DiskWriteBytesPerSecond)}/s");
        right.Add($"network  in {Bytes(snapshot.ReceiveBytesPerSecond)}/s, out {Bytes(snapshot.TransmitBytesPerSecond)}/s");
        var columns = new Columns(new Markup(string.Join('\n', left)), new Markup(string.Join('\n', right))) { Expand = false };
        lines.Add(columns);
    }

    private static Table Processes(TopSnapshot snapshot, int rows)
    {
        var table = new Table { Border = TableBorder.None, Expand = true };
        table.AddColumn(new TableColumn($"[grey]process ({snapshot.ProcessCount} in all)[/]"));
        table.AddColumn(new TableColumn("[grey]count[/]").RightAligned());
        table.AddColumn(new TableColumn("[grey]cpu[/]").RightAligned());
        table.AddColumn(new TableColumn("[grey]memory[/]").RightAligned());
        foreach (var process in snapshot.Processes.OrderByDescending(static process => process.CpuRatio).ThenByDescending(static process => process.ResidentBytes).Take(rows))
        {
            table.AddRow(
                Markup.Escape(process.Name),
                process.Count.ToString(CultureInfo.InvariantCulture),
                (process.CpuRatio * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %",
                Bytes(process.ResidentBytes));
        }

        return table;
    }
}
