using Toka.Core.Errors;
using Toka.Protocols.TextPush;

namespace Toka.Engines.Tests.Protocols.TextPush;

public sealed class GroupingKeyTests
{
    [Theory]
    [InlineData("job/backup", "{job=\"backup\"}")]
    [InlineData("job/backup/", "{job=\"backup\"}")]
    [InlineData("job/backup/instance/db-1/path/a%2Fb", "{instance=\"db-1\",job=\"backup\",path=\"a/b\"}")]
    [InlineData("job/directory_cleaner/path@base64/L3Zhci90bXA", "{job=\"directory_cleaner\",path=\"/var/tmp\"}")]
    [InlineData("job@base64/L3Zhci90bXA=", "{job=\"/var/tmp\"}")]
    [InlineData("job@base64/zqDPgc6_zrzOt864zrXPjc-C", "{job=\"Προμηθεύς\"}")]
    [InlineData("job/a/first_label@base64/=/second/x", "{job=\"a\",second=\"x\"}")]
    [InlineData("job/%CE%A0", "{job=\"Π\"}")]
    public void A_path_is_read_as_Pushgateway_reads_it(string path, string expected) =>
        Assert.Equal(expected, GroupingKey.Parse(path).ToString());

    [Theory]
    [InlineData("job/", "no job")]
    [InlineData("job@base64/=", "no job")]
    [InlineData("job/a/b", "without a value")]
    [InlineData("job/a/__b/c", "not the name of a label")]
    [InlineData("job/a/1b/c", "not the name of a label")]
    [InlineData("job/a/b%2Dc/d", "not the name of a label")]
    [InlineData("job/a/b/1/b/2", "twice")]
    [InlineData("job/a/b@base64/!!", "base64")]
    [InlineData("job/a/b@base64/_w", "base64")]
    [InlineData("job/a/b/%ff", "UTF-8")]
    public void A_path_that_names_no_group_is_refused_with_what_is_wrong(string path, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => GroupingKey.Parse(path)).Message, StringComparison.Ordinal);
}
