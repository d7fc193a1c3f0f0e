metadata description = 'The app on Flex Consumption: CPU, instances from zero, a package instead of an image. The platform has .NET, the package brings none.'

import { list, settings } from '../settings.bicep'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the plan.')
param planName string

@description('Name of the app, unique in Azure.')
param appName string

@description('Memory of an instance in MiB.')
@allowed([2048, 4096])
param instanceMemoryMB int

@description('Instances at most, for each group of functions that scales on its own.')
@minValue(40)
@maxValue(1000)
param maxInstances int

@description('Instances of HTTP functions that are always there and paid for.')
@minValue(0)
@maxValue(10)
param alwaysReadyInstances int

@description('Container that holds the package, its address included.')
param packageContainerUrl string

@description('Resource id of the app\'s identity.')
param identityId string

@description('What the app needs to know.')
param appSettings settings

@description('Whether the app has an address that is reached from the internet, over HTTPS and with a function key.')
param publicIngress bool

@description('Origins whose web pages may use the HTTP functions (CORS), such as https://app.example.com. Empty: none.')
param allowedOrigins string[]

@description('Resource id of the subnet that the app joins; empty for none.')
param subnetId string

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: appName
  location: location
  // azd deploys to the resource with this tag; the value is the service's name in azure.yaml.
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: publicIngress ? 'Enabled' : 'Disabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maxInstances
      }
    }
    siteConfig: {
      cors: { allowedOrigins: allowedOrigins }
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      // No FUNCTIONS_WORKER_RUNTIME: the runtime stands in functionAppConfig.
      // No worker from the pool of warm ones either: with .NET 10 those end with SIGSEGV under ordinary load, while this issue is open:
      // https://github.com/Azure/azure-functions-dotnet-worker/issues/3335
      appSettings: concat(list(appSettings), [
        { name: 'WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED', value: '0' }
      ])
    }
  }
}

resource ftpPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scmPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

@description('Address of the app.')
output url string = 'https://${app.properties.defaultHostName}'
