namespace Toka.Repo.Tests;

/// <summary>Shows every fault whole, a line each; the library's own message would cut them.</summary>
internal static class Faults
{
    public static void None(IEnumerable<string> faults)
    {
        var found = faults.ToList();
        if (found.Count > 0)
        {
            Assert.Fail(string.Join('\n', found));
        }
    }
}
